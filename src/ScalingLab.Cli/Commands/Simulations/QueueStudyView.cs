using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary>What became of a simulated queue, as a table and as JSON.</summary>
internal static class QueueStudyView
{
    private const double LeastSeconds = 0.01;
    private const double MostSeconds = 1e11;

    public static void Show(Screen screen, QueueStudy study)
    {
        var (request, found, ledger) = (study.Request, study.Forecast, study.Request.Ledger);
        var device = request.By.Device;
        screen.Out.WriteLine($"{Quantity.Whole(request.Nodes)} {(request.Nodes == 1 ? "node" : "nodes")} of "
            + $"{(device.IsGpu ? $"{device.Count} x {device.Name}" : "a processor")}, "
            + $"{Quantity.Whole(study.Slots)} runs at a time; {Quantity.Whole(study.Runs)} runs of "
            + $"{Quantity.Power(study.Flops)} FLOPs in all"
            + (request.Speed is { } speed ? $", each at {Quantity.Power(speed)} FLOP/s." : "."));
        var table = FitLawsView.Table(screen, "sweep", "runs", "ends after");
        foreach (var sweep in study.Sweeps)
            table.AddRow(TerminalText.EscapeMarkup(sweep.Name), Quantity.Whole(sweep.Runs),
                Time(sweep.EndsAfterSeconds));
        screen.Console.Write(table);
        screen.Out.WriteLine($"Makespan: {Time(found.Makespan)}"
            + (Time(found.Makespan) == Time(study.MakespanOfFreeClaims) ? ". "
                : $", {Time(study.MakespanOfFreeClaims)} if claims cost nothing. ")
            + Invariant($"The slots stand idle for {100 * study.IdleShare:F1} % of it; ")
            + $"each has had a run after {Time(found.FirstFilled)}.");
        screen.Out.WriteLine(Invariant($"Claims: {study.ClaimsASecond:0.##} a second on average, ")
            + Invariant($"{found.MostClaimsASecond} in the fullest second; ")
            + (ledger.ClaimSeconds > 0
                ? Invariant($"{ledger.Name} bears {1 / ledger.ClaimSeconds:0.#} ({1000 * ledger.ClaimSeconds:0.###} ms each).")
                : "they are taken to cost nothing."));
        screen.Out.WriteLine($"To queue the runs takes {Time(study.Runs * ledger.EnqueueSeconds)}; "
            + $"a node reads the whole queue once in {Time(study.Runs * ledger.ReadSeconds)}.");
    }

    /// <summary>The same as JSON.</summary>
    public static object Document(QueueStudy study) => new
    {
        study.Request.Nodes,
        Device = study.Request.By.Device.Name,
        DevicesEach = study.Request.By.Device.Count,
        study.Slots,
        study.Runs,
        study.Flops,
        MakespanSeconds = study.Forecast.Makespan,
        MakespanOfFreeClaimsSeconds = study.MakespanOfFreeClaims,
        study.IdleShare,
        FilledAfterSeconds = study.Forecast.FirstFilled,
        study.Sweeps,
        Ledger = new
        {
            study.Request.Ledger.Name, study.ClaimsASecond, study.Forecast.MostClaimsASecond,
            study.Request.Ledger.ClaimSeconds,
            EnqueueSeconds = study.Runs * study.Request.Ledger.EnqueueSeconds,
            ReadSeconds = study.Runs * study.Request.Ledger.ReadSeconds,
        },
    };

    private static string Time(double seconds) => seconds switch
    {
        > 0 and < LeastSeconds => Invariant($"less than {LeastSeconds} s"),
        > MostSeconds => $"{Quantity.Compact(seconds)} s",
        _ => Quantity.Duration(TimeSpan.FromSeconds(seconds)),
    };
}
