using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

/// <summary>What a page reads that many look at.</summary>
public sealed class Watching
{
    [Theory, OnSqlite, OnPostgres]
    public void Of_a_sweep_only_what_changed_and_what_runs_is_read_again(Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        Assert.Null(test.Ledger.ReadChanges("nothing", -1));
        var first = test.Ledger.ReadChanges("s", -1)!;
        Assert.True(first.IsWhole);
        Assert.Equal([1, 2, 3, 4], Seeds(first.Runs));
        Assert.All(first.Runs, r => Assert.Equal((RunState.Pending, null, null), (r.State, r.Step, r.Node)));
        Assert.Empty(test.Ledger.ReadChanges("s", first.Mark)!.Runs);

        var attempt = test.Claim(2);
        var running = test.Ledger.ReadChanges("s", first.Mark)!;
        Assert.False(running.IsWhole);
        Assert.Equal([2], Seeds(running.Runs));
        Assert.True(test.Ledger.AddAttemptReport(attempt, new AttemptReport(
            [new MetricPoint(2, 20, 3), new MetricPoint(4, 40, double.PositiveInfinity, 2.5),
                new MetricPoint(6, 60)])));
        var said = Assert.Single(
            test.Ledger.ReadChanges("s", running.Mark)!.Runs); // points alone are no change, but what runs is read
        Assert.Equal((6, 3.0, 2.5, "node-a"), (said.Step, said.LossTrain, said.LossValidation, said.Node));
        Assert.Equal(said with { Result = null }, test.Ledger.Status("s", said.Run));

        test.Ledger.Pause("s");
        Assert.True(test.Ledger.ReadChanges("s", running.Mark)!.IsWhole); // a person's change may be of anything
        var revision = test.Ledger.ReadChanges("s", -1)!.Revision;
        test.Ledger.PutSweep(TestLedger.Sweep("s", 5), update: true);
        Assert.NotEqual(revision, test.Ledger.ReadChanges("s", -1)!.Revision);
        Assert.Equal(5, test.Ledger.Cells("s").Count);
        Assert.All(test.Ledger.Cells("s"), c => Assert.Equal(c.Cell.Spec.Id, c.Run));
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_many_runs_are_is_read_at_once_each_under_the_first_sweep_that_has_it(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        test.Ledger.PutSweep(TestLedger.Sweep("a", 1));
        Assert.Empty(test.Ledger.Cells([]));
        var found = test.Ledger.Cells([TestLedger.Run(1), TestLedger.Run(3), new RunId("0123456789abcdef")]);
        Assert.Equal([("a", 1L), ("s", 3L)], found.Values.Select(f => (f.Sweep, (long)f.Cell.Spec.Seed)).Order());
        Assert.All(found, f => Assert.Equal(f.Key, f.Value.Cell.Spec.Id));
        Assert.Equal(2, test.Ledger.Cells([.. Enumerable.Repeat(TestLedger.Run(2), 499), TestLedger.Run(1)]).Count);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Curves_are_read_by_place_or_from_a_step_on(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        foreach (var seed in new[] { 1, 3 })
        {
            Assert.True(
                test.Ledger.AddAttemptReport(test.Claim(seed),
                    new AttemptReport([.. Enumerable.Range(1, 4).Select(step =>
                new MetricPoint(step, 10 * step, seed, Telemetry: step == 4 ? null
                    : new IntervalTelemetry { TokensPerSecond = 100 * step }))])));
        }
        var curves = test.Ledger.Curves("s", 0, 2);
        Assert.Equal([TestLedger.Run(1)], curves.Select(c => c.Key));
        Assert.Equal(
            [new CurveRow(1, 10, 1, null, 100), new(2, 20, 1, null, 200), new(3, 30, 1, null, 300),
                new(4, 40, 1, null, null)], curves[TestLedger.Run(1)]);
        var grown = test.Ledger.Curves([(TestLedger.Run(3), 3), (TestLedger.Run(2), 0)]);
        Assert.Equal([2, 0], grown.Select(g => g.Rows.Count));
        Assert.Equal(4, test.Ledger.Points(TestLedger.Run(3)).Count);
        Assert.Equal(new Dictionary<RunId, long> { [TestLedger.Run(1)] = 4, [TestLedger.Run(3)] = 4 },
            test.Ledger.StepsDone());
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_runs_used_is_their_attempts_time_and_their_curves_tokens_and_energy(Place on)
    {
        using var test = new TestLedger(on, runs: 4);
        var intensity = new GridIntensity("here", 400);
        Assert.True(test.Ledger.EndWithoutResult(test.Claim(1), TestLedger.Loss()));
        test.Time.Advance(5);
        var second = test.Claim(1);
        test.Time.Advance(10);
        Assert.True(test.Ledger.Accept(second,
            TestLedger.Result() with { EnergyJoules = 7.2e6, TrunkSteps = 4, GridIntensity = intensity }));
        var running = test.Claim(2);
        var joules = new IntervalTelemetry { EnergyJoules = 1.8e6 };
        Assert.True(test.Ledger.AddAttemptReport(running,
            new AttemptReport(
            [new MetricPoint(1, 16, 3, Telemetry: joules), new MetricPoint(2, 32, 3, Telemetry: joules)])));
        test.Time.Advance(3);

        var uses = test.Ledger.Uses(-1);
        Assert.True(uses.IsWhole);
        var spec = TestLedger.Cell(1).Spec;
        Assert.Equal(
            [new("s", TestLedger.Run(1), 10, spec.Flops * 0.6, spec.Tokens * 0.6, 7.2e6, 800, true),
                new("s", TestLedger.Run(2), 3, spec.Flops * 0.2, 32, 3.6e6, null, false)],
            uses.Runs.OrderByDescending(u => u.IsCompleted)
                .Select(u => u with { Flops = Math.Round(u.Flops, 6), Tokens = Math.Round(u.Tokens, 6) })
                .Select(u => u with { DeviceSeconds = Math.Round(u.DeviceSeconds, 6) }));
        Assert.Equal([TestLedger.Run(2)], test.Ledger.Uses(uses.Version)
            .Runs.Select(u => u.Run)); // what ended does not change
        Assert.Empty(test.Ledger.Uses(-1, "nothing").Runs);

        const string grid = """
            { "worker": {
                "gridIntensity": { "name": "there", "gramsPerKwh": 100 },
                "price": { "name": "list", "currency": "EUR", "perDeviceHour": 360, "perKwh": 2 } } }
            """;
        var spent = SweepCost.OfRuns([.. uses.Runs], CostRates.Parse(grid));
        Assert.Equal((13.0, 10.8e6, 900.0, 1.3 + 6, "EUR"),
            (Math.Round(spent.DeviceSeconds, 6), spent.EnergyJoules, spent.Co2eGrams,
            Math.Round(spent.Money!.Value, 6), spent.Currency));
        Assert.Equal((null, null),
            (SweepCost.OfRuns([.. uses.Runs], CostRates.None).Money,
                SweepCost.OfRuns([], CostRates.None).EnergyJoules));
        Assert.Equal(CostRates.None, CostRates.Parse("no grid"));
        Assert.Equal((2 * spent.Money, "EUR"),
            (SweepCost.OfSweeps([spent, spent]).Money, SweepCost.OfSweeps([spent, spent]).Currency));
        Assert.Null(SweepCost.OfSweeps([spent, spent with { Currency = "USD" }]).Money);
    }

    [Theory, OnSqlite, OnPostgres]
    public void An_attempt_on_several_devices_takes_the_time_of_each(Place on)
    {
        using var test = new TestLedger(on, runs: 1);
        var attempt =
            test.Ledger.Claim(TestLedger.Run(1), TestLedger.Me with { Device = "cuda:0+cuda:1" }, TestLedger.Lease)!;
        test.Time.Advance(10);
        Assert.True(test.Ledger.Accept(attempt, TestLedger.Result()));
        Assert.Equal(20, Assert.Single(test.Ledger.Uses(-1).Runs).DeviceSeconds, 1e-6);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Attempts_are_read_by_when_they_were_the_running_and_the_latest_first(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        test.Ledger.PutSweep(TestLedger.Sweep("a", 1)); // the first by name
        Assert.True(test.Ledger.EndWithoutResult(test.Claim(1), TestLedger.Loss()));
        test.Time.Advance(100);
        test.Claim(2);
        test.Time.Advance(1);
        Assert.True(test.Ledger.Accept(test.Claim(3), TestLedger.Result()));
        var (attempts, inAll) = test.Ledger.AttemptsSince(test.Time.GetUtcNow().AddSeconds(-50), 10);
        Assert.Equal(2, inAll);
        Assert.Equal([2, 3], attempts.Select(a => a.Cell.Spec.Seed));
        (attempts, inAll) = test.Ledger.AttemptsSince(test.Time.GetUtcNow().AddSeconds(-500), 1);
        Assert.Equal(3, inAll);
        Assert.Equal([2], attempts.Select(a => a.Cell.Spec.Seed));
        Assert.Equal(["s", "s", "a"], test.Ledger.AttemptsSince(test.Time.GetUtcNow().AddSeconds(-500), 10)
            .Attempts.Select(a => a.Sweep));
        test.Ledger.PutSweep(TestLedger.Sweep("s", 1), update: true); // no sweep has the other two any more
        (attempts, inAll) = test.Ledger.AttemptsSince(test.Time.GetUtcNow().AddSeconds(-500), 10);
        Assert.Equal((1, 1), (attempts.Count, inAll));
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_a_run_takes_beside_its_steps_is_learned_from_those_that_one_attempt_finished(Place on)
    {
        using var test = new TestLedger(on, runs: 3);
        var spec = TestLedger.Cell(1).Spec;
        var speed = spec.Tokens / 4.0; // 4 s in steps
        foreach (var (seed, seconds) in new[] { (1, 10), (2, 12) })
        {
            var attempt = test.Ledger.Claim(TestLedger.Run(seed), TestLedger.Me with { Device = "cpu" },
                TestLedger.Lease)!;
            test.Time.Advance(seconds);
            Assert.True(test.Ledger.Accept(attempt, TestLedger.Result() with { TokensPerSecond = speed }));
        }
        var running = test.Ledger.Claim(TestLedger.Run(3), TestLedger.Me with { Device = "cpu" }, TestLedger.Lease)!;
        Assert.True(test.Ledger.AddAttemptReport(running, new AttemptReport([], TokensPerSecond: speed)));
        var measured = Assert.Single(test.Ledger.Speeds());
        Assert.Equal((3, 7.0), (measured.Attempts, Math.Round(measured.OverheadSeconds!.Value, 6)));
    }

    private static IEnumerable<int> Seeds(IEnumerable<RunStatus> runs) =>
        runs.Select(r => Enumerable.Range(1, 9).Single(seed => TestLedger.Run(seed) == r.Run));
}
