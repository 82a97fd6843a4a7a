using System.Text.Json;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// The coordinate check tells a parametrisation that carries its rate over widths from one that does not (Yang et al.
/// 2022, appendix D.1).
/// </summary>
public sealed class CoordinateTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task What_the_blocks_add_moves_alike_at_every_width_under_mup_and_more_and_more_without()
    {
        var (standard, mup) = (await SlopesAsync(), await SlopesAsync("parametrisation=mup", "baseWidth=32"));
        Assert.Equal(["embedding", "attention 1", "mlp 1", "attention 2", "mlp 2", "logits"], standard.Keys);
        Assert.Equal(standard.Keys, mup.Keys);
        foreach (var place in (string[])["mlp 1", "attention 2", "mlp 2"])
        {
            Assert.InRange(mup[place], -0.4, 0.4);
            Assert.True(standard[place] > mup[place] + 0.3, $"{place}: {standard[place]} without, {mup[place]} with");
        }
    }

    [Fact]
    public async Task Widths_that_say_nothing_are_refused()
    {
        var answer = await _lab.RunAsync("bench", "coordinates", "--width", "20", "20");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("--width: is 20; a multiple of 16 is expected", answer.Error, StringComparison.Ordinal);
        Assert.Contains("--width: a slope takes two different widths at least", answer.Error, StringComparison.Ordinal);
    }

    private async Task<Dictionary<string, double>> SlopesAsync(params string[] recipe)
    {
        var answer = await _lab.RunAsync([
            "bench", "coordinates", "--width", "32", "128", "--steps", "8", "--json",
            "--recipe", "learningRate=0.01", "embeddingRate=1", "headRate=1", .. recipe]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var read = JsonDocument.Parse(answer.Out);
        return read.RootElement.GetProperty("places").EnumerateArray()
            .ToDictionary(p => p.GetProperty("place").GetString()!, p => p.GetProperty("slope").GetDouble());
    }
}
