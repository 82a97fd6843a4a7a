using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Teachers;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Benchmarks;

/// <summary><c>lab bench teachers</c>: how many tokens of known entropy a second of one core draws.</summary>
internal static class BenchTeachersCommand
{
    private const int Context = 1024;

    private static readonly TeacherSpec Zipf = new()
        { Kind = TeacherKind.ZipfNgram, Vocabulary = 4096, Seed = 1, Exponent = 1, Order = 2, Backoff = 0 };

    private static readonly IReadOnlyList<TeacherSpec> Teachers =
    [
        Zipf with { Order = 1 },
        Zipf,
        Zipf with { Backoff = 0.3 },
        Zipf with { Vocabulary = 32_768 },
        Zipf with { Kind = TeacherKind.Grammar, Order = null, Backoff = null, Nonterminals = 16, Rules = 8 },
        Zipf with { Kind = TeacherKind.Copying, Order = null, Backoff = null, CopyProbability = 0.1, CopyLength = 8 },
        Zipf with { Kind = TeacherKind.Text, Backoff = 0.3, CopyProbability = 0.1, CopyLength = 8 },
    ];

    public static Command Create(Screen screen)
    {
        var seconds = RunOptions.PositiveInteger("--seconds", "Seconds of each; 2 unless given");
        var command = new Command("teachers", "Measure how fast one core draws tokens of known entropy") { seconds };
        command.SetAction((parsed, stop) => Task.Run(() =>
        {
            foreach (var teacher in Teachers)
            {
                var rate = TokensPerSecond(teacher, parsed.GetValue(seconds) ?? 2, stop);
                var backoff = teacher.Backoff > 0
                    ? string.Create(CultureInfo.InvariantCulture, $", back-off {teacher.Backoff}") : "";
                screen.Out.WriteLine($"{teacher.Title + backoff,-55} {Quantity.Compact(rate),8} tokens/s");
            }

            return CliHost.Success;
        }, stop));
        return command;
    }

    private static double TokensPerSecond(TeacherSpec spec, int seconds, CancellationToken stop)
    {
        var (teacher, tokens) = (Teacher.Create(spec), new long[Context + 1]);
        var stream = teacher.TrainingKey(1);
        for (var warm = 0; warm < 100; warm++) teacher.Draw(stream, long.MaxValue - warm, tokens); // is compiled
        // Processor time: what other work on the machine takes counts little.
        var (clock, begun, drawn) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, 0L);
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            stop.ThrowIfCancellationRequested();
            teacher.Draw(stream, drawn++, tokens);
        }

        return drawn * tokens.Length / (Environment.CpuUsage.TotalTime - begun).TotalSeconds;
    }
}
