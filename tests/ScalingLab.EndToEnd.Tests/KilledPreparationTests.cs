using System.Security.Cryptography;
using System.Text.Json;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A preparation whose process is killed goes on, and ends as one that was left in peace.</summary>
public sealed class KilledPreparationTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Killed_at_every_stage_it_ends_with_the_same_files_as_undisturbed()
    {
        var random = new Random(5);
        _lab.Write("lines.jsonl", string.Concat(Enumerable.Range(0, 12_000).Select(i => JsonSerializer.Serialize(
            new { t = string.Join(' ', Enumerable.Range(0, 60).Select(_ => $"word{random.Next(9000)}")) }) + "\n")));
        _lab.Write("grid.json", """
            { "name": "a", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }],
              "data": { "corpus": "jsonl", "paths": ["lines.jsonl"], "field": "t",
                        "tokenizer": { "kind": "bpe", "vocabulary": 2000 } } }
            """);
        foreach (var made in new[] { "corpus.documents", "corpus.survey.stage.json", "../tokenizer.json" })
        {
            var lab = _lab.Start("data", "prepare", "grid.json");
            try
            {
                await lab.UntilAsync(() => Work().Any(work => File.Exists(Path.Combine(work, "unfinished", made))),
                    made);
                lab.Signal(RunningLab.KillAtOnce);
                await lab.EndAsync(TimeSpan.FromMinutes(1));
            }
            finally
            {
                lab.End();
            }
            Assert.Single(Work());
        }
        var resumed = await _lab.RunAsync("data", "prepare", "grid.json", "--json");
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Contains("Going on with what an earlier process prepared", resumed.Error, StringComparison.Ordinal);
        Assert.Empty(Work());

        _lab.Environment["SCALINGLAB_HOME"] = _lab.At("other");
        var undisturbed = await _lab.RunAsync("data", "prepare", "grid.json");
        Assert.True(undisturbed.ExitCode == 0, undisturbed.ToString());
        Assert.Equal(Hashes("other"), Hashes("home"));
        Assert.Equal(
            ["data.json", "manifest.json", "tokenizer.json", "tokenizer.tiktoken", "train.tokens", "validation.tokens"],
            Hashes("home").Select(file => file.Name));
        using var said = JsonDocument.Parse(resumed.Out);
        Assert.Equal(12_000, said.RootElement.GetProperty("documents").GetInt32());
    }

    private string[] Work() => Directory.Exists(_lab.At("home/data"))
        ? Directory.GetDirectories(_lab.At("home/data"), ".*") : [];

    private List<(string Name, string Hash)> Hashes(string home) =>
        [.. Directory.GetFiles(Assert.Single(Directory.GetDirectories(_lab.At($"{home}/data"))))
            .Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))))];
}
