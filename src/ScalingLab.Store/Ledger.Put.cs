using ScalingLab.Runs;

namespace ScalingLab.Store;

/// <content>How a sweep gets into the queue.</content>
public sealed partial class Ledger
{
    private const string RunColumns = "INSERT INTO runs (run_id, spec, flops, steps, tokens, kin, state, trunk, trunk_steps, changed)";

    // A pending run's values, as RunColumns has them.
    private static object?[] NewRun(RunSpec spec, RunId id) =>
    [
        id, RunJson.Serialize(spec), spec.Flops, spec.Steps, spec.Tokens, RunKin.Of(spec), RunState.Pending, Trunk.Of(spec), Trunk.StepsOf(spec), 0L,
    ];

    // Hashes and JSON of ten thousand runs take longer than their rows: they are made before anybody is kept waiting by the transaction.
    private void Put(Sweep sweep, SweepSettings? settings, bool update)
    {
        var ids = sweep.Cells.Select(c => c.Spec.Id).ToList();
        var content = RunJson.Serialize(sweep.Cells.Select((c, i) => new { Run = ids[i].Value, c.Model, c.BudgetFlops, c.Varies }));
        var runs = sweep.Cells.Select((c, i) => NewRun(c.Spec, ids[i])).ToList();
        var cells = sweep.Cells.Select((c, i) => new object?[]
        {
            sweep.Name, i, ids[i], c.Model, c.BudgetFlops, RunJson.Serialize(c.Varies),
        }).ToList();
        Write(transaction =>
        {
            var stored = transaction.Query(
                "SELECT content FROM sweeps WHERE name = @name", row => row.GetString(0), ("@name", sweep.Name)).SingleOrDefault();
            if (stored is not null && stored != content && !update) throw Conflict(transaction, sweep, ids);

            // A report shows question and labels too: when they change, it is another one.
            transaction.Execute(
                """
                INSERT INTO sweeps (name, question, content, created) VALUES (@name, @q, @content, @now)
                ON CONFLICT (name) DO UPDATE SET question = excluded.question, content = excluded.content, revision = sweeps.revision + 1
                WHERE sweeps.question IS DISTINCT FROM excluded.question OR sweeps.content <> excluded.content
                """,
                ("@name", sweep.Name), ("@q", sweep.Question), ("@content", content), ("@now", transaction.Now));
            if (settings is not null) WriteSettings(transaction, sweep.Name, settings);
            if (stored is not null) AllChanged(transaction);
            if (stored == content) return;

            // Of a sweep that is new its runs alone are news, those that another sweep has too among them.
            if (stored is not null) transaction.Execute("DELETE FROM cells WHERE sweep = @name", ("@name", sweep.Name));
            var next = Next(transaction);
            foreach (var run in runs) run[^1] = next;
            transaction.Insert(RunColumns, runs, "ON CONFLICT (run_id) DO UPDATE SET changed = excluded.changed");
            transaction.Insert("INSERT INTO cells (sweep, position, run_id, model, budget_flops, varies)", cells);
        });
    }

    private static void WriteSettings(Transaction transaction, string sweep, SweepSettings settings) => transaction.Execute(
        """
        UPDATE sweeps SET priority = @priority, time_window = @window, deadline = @deadline, device_class = @device, gpus = @gpus,
            grid = @grid, grid_file = @file, results_folder = @folder, preparation = @preparation
        WHERE name = @sweep
        """,
        ("@priority", settings.Priority), ("@window", settings.Window), ("@deadline", settings.Deadline), ("@device", settings.Device),
        ("@gpus", settings.Gpus), ("@grid", settings.Grid), ("@file", settings.GridFile), ("@folder", settings.ResultsFolder),
        ("@preparation", settings.Preparation), ("@sweep", sweep));

    private static InputException Conflict(Transaction transaction, Sweep sweep, List<RunId> ids)
    {
        var there = transaction.Query(
            "SELECT run_id FROM cells WHERE sweep = @sweep", row => row.GetString(0), ("@sweep", sweep.Name)).ToHashSet();
        var wanted = ids.Select(id => id.Value).ToHashSet();
        var difference = there.SetEquals(wanted)
            ? "the same runs in another order or under other labels"
            : $"{wanted.Except(there).Count()} runs that it has not, and lacks {there.Except(wanted).Count()} of its {there.Count}";
        return new InputException("name",
            $"a sweep '{sweep.Name}' stands in the ledger with other content (this grid has {difference}): "
            + "give the grid another name, or update the sweep");
    }
}
