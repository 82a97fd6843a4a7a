using System.CommandLine;
using System.Globalization;
using System.Text;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Hosting;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Runs;

namespace ScalingLab.Fuzz.Formats;

/// <summary>A table of runs, read and fitted as <c>lab fit</c> does, with few draws.</summary>
internal sealed class TableFormat : FuzzFormat
{
    private static readonly string[][][] Examples = [Ladder(seeds: 1, budgets: 3), Ladder(seeds: 2, budgets: 2), Odd()];

    public TableFormat(string folder) => Directory.CreateDirectory(folder);

    public override IReadOnlyList<FuzzInput> Whole => [.. Examples.Select(rows => new FuzzInput(".csv",
        Encoding.UTF8.GetBytes(string.Join('\n', rows.Select(row => string.Join(',', row))))))];

    public override FuzzInput Make(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(TableMutator.Mutate(Oddities.Of(random, Examples), random));
        return new FuzzInput(".csv", random.Next(6) == 0 ? ByteMutator.Mutate(bytes, random) : bytes);
    }

    public override bool Read(FuzzInput input, string file)
    {
        try
        {
            var fit = FitCommand.Create(Quiet.Screen()).Parse([file, "--bootstrap", "5"]);
            if (fit.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }) != CliHost.Success)
                throw new FindingException("lab fit ended with exit code 1");
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>Runs by a known law, four sizes a budget.</summary>
    private static string[][] Ladder(int seeds, int budgets)
    {
        var rows =
            new List<string[]>
            { new[] { "parameters_with_head", "tokens", "flops", "budget_flops", "loss_validation", "seed",
            "learning_rate_scale" } };
        for (var b = 0; b < budgets; b++)
        {
            var flops = 1e15 * Math.Pow(4, b);
            for (var i = 0; i < 5; i++)
            {
                for (var seed = 1; seed <= seeds; seed++)
                {
                    var n = Math.Sqrt(flops / 600) * Math.Pow(1.8, i - 2);
                    var d = flops / (6 * n);
                    var loss = 1.69 + (406.4 / Math.Pow(n, 0.34)) + (410.7 / Math.Pow(d, 0.28)) + (0.001 * seed);
                    rows.Add(
                        [Text(n), Text(d), Text(flops), Text(flops), loss.ToString("F5", CultureInfo.InvariantCulture),
                            $"{seed}",
                        i % 2 == 0 ? "1" : "0.5"]);
                }
            }
        }

        return [.. rows];
    }

    private static string[][] Odd() =>
    [
        ["run_id", "model", "parameters_with_head", "tokens", "loss_validation", "state", "flags", "epochs"],
        ["a", "1x8", "1.2M", "30M", "3.91", "completed", "", "0.5"],
        ["b", "2x16", "\"2,400,000\"", "60M", "3.52", "completed", "undertrained", "1"],
        ["c", "2x24", "5e6", "1.2e8", "3.18", "completed", "", "2"],
        ["d", "4x32", "10M", "240M", "2.96", "failed", "", "4"],
        ["e", "4x48", "20M", "480M", "2.71", "completed", "", "8"],
        ["f", "6x64", "40M", "0.96B", "NaN", "completed", "unstable;overfitted", "16"],
    ];

    private static string Text(double x) => x.ToString("F0", CultureInfo.InvariantCulture);
}
