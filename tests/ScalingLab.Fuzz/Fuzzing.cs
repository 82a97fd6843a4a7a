using System.Diagnostics;
using System.Globalization;

namespace ScalingLab.Fuzz;

/// <summary>What came of the inputs of one format.</summary>
internal sealed class FuzzFigures
{
    public int Cases { get; private set; }

    public int Taken { get; private set; }

    public int Exceptions { get; private set; }

    public int Slow { get; private set; }

    public int Large { get; private set; }

    /// <summary>The longest case, and its number.</summary>
    public (double Seconds, int Case) Longest { get; private set; }

    /// <summary>The case with the most memory, and its number.</summary>
    public (long Bytes, int Case) Largest { get; private set; }

    public int Findings { get; private set; }

    public void Add(int number, FuzzCase one)
    {
        Cases++;
        if (one.Taken) Taken++;
        if (one.Error is not null) Exceptions++;
        if (one.IsSlow) Slow++;
        if (one.Bytes > FuzzCase.MostBytes) Large++;
        if (one.Finding is not null) Findings++;
        if (one.Seconds > Longest.Seconds) Longest = (one.Seconds, number);
        if (one.Bytes > Largest.Bytes) Largest = (one.Bytes, number);
    }
}

/// <summary>Inputs of one format, one after another.</summary>
/// <param name="name">The format's name.</param>
/// <param name="folder">Where inputs lie while they are read, and where those that found something are kept.</param>
/// <param name="log">Takes a line for each finding.</param>
internal sealed class Fuzzing(string name, string folder, TextWriter log)
{
    private const string Running = "running";

    // What grids and shards need beside them, and the input while it is read: what ends the process is there
    // afterwards.
    private string Workplace { get; } = Path.Combine(folder, name);

    /// <summary>Cases from the first on, until there are enough or the time is over.</summary>
    public FuzzFigures Run(int seed, int first, int cases, TimeSpan time)
    {
        var figures = new FuzzFigures();
        Directory.CreateDirectory(folder);
        foreach (var left in Directory.Exists(Workplace) ? Directory.GetFiles(Workplace, $"{Running}.*") : [])
        {
            var kept = Path.Combine(folder, $"{name}-ended{Path.GetFileName(left)[Running.Length..]}");
            File.Move(left, kept, overwrite: true);
            log.WriteLine($"{name}: the input in {kept} ended the process: './lab fuzz {name} --case "
                + $"{kept}' reads it again");
        }

        using var format = Create();
        var began = Stopwatch.GetTimestamp();
        for (var number = first; number - first < cases && Stopwatch.GetElapsedTime(began) < time; number++)
        {
            var input = format.Make(RandomOf(seed, number));
            var one = Read(format, input);
            figures.Add(number, one);
            if (one.Finding is null) continue;
            var kept =
                Path.Combine(folder,
                    string.Create(CultureInfo.InvariantCulture, $"{name}-{seed}-{number}{input.Ending}"));
            File.WriteAllBytes(kept, input.Bytes);
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: --seed {seed} --case {number}: "
                + $"{one.Finding} (kept in {kept})"));
            if (one.IsEndless) break;
        }

        return figures;
    }

    /// <summary>Reads one input again.</summary>
    public FuzzCase Run(FuzzInput input)
    {
        Directory.CreateDirectory(folder);
        using var format = Create();
        return Read(format, input);
    }

    /// <summary>The input of a case.</summary>
    public FuzzInput InputOf(int seed, int number)
    {
        using var format = Create();
        return format.Make(RandomOf(seed, number));
    }

    private FuzzFormat Create() => FuzzFormat.All.First(f => f.Name == name).Create(Workplace);

    private FuzzCase Read(FuzzFormat format, FuzzInput input)
    {
        Directory.CreateDirectory(Workplace);
        var file = Path.Combine(Workplace, Running + input.Ending);
        File.WriteAllBytes(file, input.Bytes);
        var one = FuzzCase.Of(format, input, file);
        if (!one.IsEndless) File.Delete(file);
        return one;
    }

    // Each case has its own draws, so that any of them can be made again without those before it.
    private static Random RandomOf(int seed, int number) => new(unchecked((seed * 1_000_003) ^ (number * 7919)));
}
