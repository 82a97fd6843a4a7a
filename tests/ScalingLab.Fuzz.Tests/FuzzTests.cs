namespace ScalingLab.Fuzz.Tests;

/// <summary>Damaged and lying inputs, each refused as bad input is, in no time and with little memory.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Seed = 20261129;

    // Half a minute in all; `lab fuzz` goes on for as long as is asked.
    private const int MostCases = 500;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Formats => [.. FuzzFormat.All.Select(f => f.Name)];

    [Theory, MemberData(nameof(Formats))]
    public void The_valid_inputs_that_all_others_are_made_from_are_taken(string format)
    {
        using var product = FuzzFormat.All.First(f => f.Name == format).Create(_folder.Path);
        foreach (var input in product.Whole)
        {
            var file = _folder["running" + input.Ending];
            File.WriteAllBytes(file, input.Bytes);
            var one = FuzzCase.Of(product, input, file);
            Assert.True(one is { Taken: true, Finding: null },
                $"{one.Finding ?? "refused"}: {System.Text.Encoding.UTF8.GetString(input.Bytes)} {one.Error}");
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void No_damaged_input_meets_an_exception_that_is_no_refusal_takes_long_or_fills_the_memory(string format)
    {
        using var log = new StringWriter();
        var figures = new Fuzzing(format, _folder.Path, log).Run(Seed, 0, MostCases, Time);
        Assert.Equal("", log.ToString());
        Assert.InRange(figures.Cases, 5, MostCases);
        Assert.InRange(figures.Taken, 0, figures.Cases - 1);
    }

    [Theory, MemberData(nameof(Formats))]
    public void The_same_seed_makes_the_same_inputs(string format)
    {
        var (one, other) = (Fuzzing("one"), Fuzzing("other"));
        for (var number = 0; number < 20; number++)
            Assert.Equal(one.InputOf(Seed, number).Bytes, other.InputOf(Seed, number).Bytes);
        Assert.NotEqual(one.InputOf(Seed, 3).Bytes, one.InputOf(Seed + 1, 3).Bytes);

        Fuzzing Fuzzing(string folder) => new(format, _folder[folder], TextWriter.Null);
    }

    [Theory, MemberData(nameof(Kept))]
    public void What_once_found_something_finds_nothing_any_more(string format, string file)
    {
        var input = new FuzzInput(FuzzInput.EndingOf(file), File.ReadAllBytes(Path.Combine(Findings, format, file)));
        var one = new Fuzzing(format, _folder.Path, TextWriter.Null).Run(input);
        Assert.True(one.Finding is null, $"{one.Finding}: {one.Error}");
    }

    [Fact]
    public void A_reader_that_fails_or_takes_too_much_is_found_and_its_input_kept()
    {
        using var slow = new BadFormat(() => throw new InvalidOperationException("fell over"));
        Assert.Equal("InvalidOperationException: fell over", FuzzCase.Of(slow, slow.Whole[0], "").Finding);
        using var large = new BadFormat(() => GC.KeepAlive(new byte[600_000_000]));
        Assert.Contains("MB of memory", FuzzCase.Of(large, large.Whole[0], "").Finding, StringComparison.Ordinal);
        using var deep = new BadFormat(() => throw new FindingException("wrong"));
        Assert.Equal("wrong", FuzzCase.Of(deep, deep.Whole[0], "").Finding);
        using var right = new BadFormat(() => { });
        Assert.Null(FuzzCase.Of(right, right.Whole[0], "").Finding);
    }

    public static TheoryData<string, string> Kept()
    {
        var kept = new TheoryData<string, string>();
        foreach (var file in Directory.GetFiles(Findings, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
            kept.Add(Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileName(file));
        return kept;
    }

    public void Dispose() => _folder.Dispose();

    private static string Findings => Path.Combine(AppContext.BaseDirectory, "Findings");

    private sealed class BadFormat(Action read) : FuzzFormat
    {
        public override IReadOnlyList<FuzzInput> Whole => [new FuzzInput(".x", [1])];

        public override FuzzInput Make(Random random) => Whole[0];

        public override bool Read(FuzzInput input, string file)
        {
            read();
            return true;
        }
    }
}
