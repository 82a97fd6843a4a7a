using System.Security.Cryptography;
using System.Text;
using ScalingLab.Reporting;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary>Writes a sweep's results from the ledger, unless the folder has them already.</summary>
internal static class Results
{
    private const string Stamp = ".written";

    private static readonly string[] Files = ["runs.csv", "curves.csv", "fit.json", "report.md", "report.html"];

    public static async Task<int> WriteAsync(
        Screen screen, LabHome home, string gridFile, PreparedSweep prepared, Ledger ledger, string folder, CancellationToken stop)
    {
        var name = prepared.Sweep.Name;
        var bare = ledger.Records(name, withPoints: false);
        var bad = bare.Where(r => r.State != RunState.Completed).ToList();
        var stamp = StampOf(prepared, bare);
        if (IsWritten(home, name, folder, stamp))
        {
            screen.Out.WriteLine($"{name}: the results in {home.Shown(folder)} are up to date.");
        }
        else
        {
            var results = new SweepResults(
                name, prepared.Sweep.Question, prepared.Grid.Json, ledger.Records(name), prepared.Summary(), home.Shown(gridFile));
            var outcome = await ResultsWriter.WriteAsync(results, folder, null, stop);
            ReportCommand.Show(screen, home.Shown(folder), outcome);
            if (!outcome.IsComplete) return Door.NotDone;
            await File.WriteAllTextAsync(StampFile(home, name), $"{stamp} {folder}", stop);
        }

        foreach (var run in bad)
        {
            screen.Error.WriteLine($"lab: {run.Cell.Model} {run.Cell.Spec.Id} is {RunLifecycle.Word(run.State)}"
                + (run.Failure is { } kind ? $" ({kind}): {run.FailureMessage}" : "."));
        }

        if (bad.Count > 0) screen.Error.WriteLine($"lab: {bad.Count} of {bare.Count} runs have no result; './lab retry {name}' lets them run again.");
        return bad.Count == 0 ? Door.Done : Door.NotDone;
    }

    /// <summary>Changes with the runs' results, with the grid's words, and with the program that draws them.</summary>
    private static string StampOf(PreparedSweep prepared, IReadOnlyList<RunRecord> records)
    {
        var program = new[] { typeof(ResultsWriter), typeof(Fitting.Fitter), typeof(Results) }.Select(t => t.Module.ModuleVersionId);
        var text = RunJson.Serialize(records) + prepared.Grid.Json + string.Join(' ', program);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static bool IsWritten(LabHome home, string name, string folder, string stamp) =>
        File.Exists(StampFile(home, name)) && File.ReadAllText(StampFile(home, name)) == $"{stamp} {folder}"
        && Files.All(f => File.Exists(Path.Combine(folder, f)));

    private static string StampFile(LabHome home, string sweep) => Path.Combine(home.State, $"{sweep}{Stamp}");
}
