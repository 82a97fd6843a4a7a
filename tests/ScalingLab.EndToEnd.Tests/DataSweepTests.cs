using System.IO.Compression;
using System.Text.Json;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Sweeps over records, subsets and mixtures: the real worker trains real, very small models.</summary>
public sealed class DataSweepTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    private void Write(string name, string data, int seeds = 1) => _lab.Write("grid.json", $$"""
        { "name": "{{name}}", "data": {{data}},
          "models": [{ "layers": 1, "width": 8, "heads": 1 }, { "layers": 1, "width": 16, "heads": 1 }],
          "context": 32, "lengths": [{ "tokens": 8192 }], "recipe": { "evaluationTokens": 1024, "batchTokens": 256 }, "seeds": {{seeds}},
          "worker": { "evaluations": 2, "curvePoints": 10 } }
        """);

    /// <summary>Records of a few words each, the same every time.</summary>
    private static IEnumerable<string> Records(string words, int count)
    {
        var (list, random) = (words.Split(' '), new Random(count));
        for (var i = 0; i < count; i++)
            yield return string.Join(' ', Enumerable.Range(0, 12).Select(_ => list[random.Next(list.Length)]))
                + ", \"sema\".";
    }

    private void WriteSwahili()
    {
        Directory.CreateDirectory(_lab.At("text"));
        using var writer =
            new StreamWriter(new GZipStream(File.Create(_lab.At("text/sw.jsonl.gz")), CompressionLevel.Fastest));
        foreach (var text in Records("habari ya asubuhi dunia moja mbili tatu watu wengi nzuri sana leo kesho", 600))
            writer.WriteLine(JsonSerializer.Serialize(new { lang = "sw", text }));
    }

    private void WriteEnglish() => _lab.Write("text/en.csv", "id,text\r\n" + string.Concat(
        Records("the model learns a power law of loss over tokens and width", 200).Select((t, i) =>
            $"{i},\"{t.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n")));

    private async Task<IReadOnlyList<RunRow>> RunAsync()
    {
        var answer = await _lab.RunAsync("run", "grid.json", "--out", _lab.Out, "--slots", "2");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        return RunsCsv.Read(Path.Combine(_lab.Out, "runs.csv"));
    }

    [Fact]
    public async Task A_sweep_over_the_size_of_a_compressed_text_is_planned_trained_and_told_with_its_epochs()
    {
        WriteSwahili();
        Write(
            "size", """
            { "corpus": "jsonl", "paths": ["text/sw.jsonl.gz"], "field": "text", "tokenizer": { "kind": "bytes" },
                "uniqueTokens": [1024, 16384] }
            """);
        var plan = await _lab.RunAsync("plan", "grid.json");
        Assert.Contains("uniqueTokens", plan.Out, StringComparison.Ordinal);
        Assert.Contains("2 of 4 rows read the training text more than 4 times (up to 8.0)", plan.Out,
            StringComparison.Ordinal);

        var rows = await RunAsync();
        Assert.Equal([1024, 1024, 16384, 16384], rows.Select(r => r.UniqueTokens!.Value).Order());
        Assert.All(rows, r => Assert.Equal(r.Tokens / r.UniqueTokens, r.Epochs));
        Assert.All(rows, r => Assert.Equal(RunState.Completed, r.State));
        foreach (var model in rows.GroupBy(r => r.Model))
            Assert.Equal(2, model.Select(r => r.LossValidation).Distinct().Count());
        var fitted = await _lab.RunAsync("fit", Path.Combine(_lab.Out, "runs.csv"));
        Assert.Contains("unique tokens = unique_tokens", fitted.Out, StringComparison.Ordinal);

        // All the text, cut and packed: other runs, on data that are already prepared. A subset that is larger than the
        // text cannot be.
        Write("size-all", """
            { "corpus": "jsonl", "paths": ["text/sw.jsonl.gz"], "field": "text", "tokenizer": { "kind": "bytes" },
              "packing": ["concatenate", "best-fit"] }
            """);
        Assert.Contains("data: Packed by best fit into ", (await _lab.RunAsync("plan", "grid.json")).Error,
            StringComparison.Ordinal);
        var all = await RunAsync();
        foreach (var model in all.GroupBy(r => r.Model))
            Assert.Equal(2, model.Select(r => r.LossValidation).Distinct().Count());
        Assert.Equal(["packing=best-fit", "packing=concatenate"], all.Select(r => r.Variant).Distinct().Order());
        Assert.Contains("Packed by best fit into", await File.ReadAllTextAsync(Path.Combine(_lab.Out, "report.md")),
            StringComparison.Ordinal);
        Assert.Empty(all.Select(r => r.RunId).Intersect(rows.Select(r => r.RunId)));
        Assert.Single(Directory.GetDirectories(_lab.At("home/data")));
        Write("size-more",
            """{ "corpus": "jsonl", "paths": ["text/sw.jsonl.gz"], "field": "text", "tokenizer": { "kind": "bytes" }, "uniqueTokens": 1e9 }""");
        var refused = await _lab.RunAsync("run", "grid.json", "--out", _lab.Out);
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith(
            "data.uniqueTokens: 1,000,000,000 takes 1,000,000,000 tokens; the training text has",
            Assert.Single(refused.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_tells_of_copies_and_of_files_left_out_and_counts_epochs_by_distinct_text()
    {
        var texts = Records("the model learns a power law of loss over tokens and width", 200).Select(t => $"{t} {t}")
            .ToList();
        for (var i = 0; i < 400; i++) _lab.Write($"text/{i:000}.txt", texts[i % 200] + (i < 200 ? "\n" : "\r\n"));
        _lab.Write("text/empty.txt", "");
        Write("copies", """{ "corpus": "text", "paths": "text", "tokenizer": { "kind": "bytes" } }""");
        var plan = await _lab.RunAsync("plan", "grid.json", "--json");
        Assert.True(plan.ExitCode == 0, plan.ToString());
        Assert.Contains("data: 200 of 400 documents repeat another's text (", plan.Error, StringComparison.Ordinal);
        Assert.Contains("data: Left out: files that are empty, or pipes and devices (1): text/empty.txt.", plan.Error,
            StringComparison.Ordinal);
        using var document = JsonDocument.Parse(plan.Out);
        var root = document.RootElement;
        var unique = root.GetProperty("trainTokens").GetInt64();
        Assert.InRange(unique, texts.Sum(t => t.Length) * 0.8, texts.Sum(t => t.Length + 2));
        Assert.Equal(8192.0 / unique, root.GetProperty("rows")[0].GetProperty("epochs").GetDouble(), 12);
        Assert.Equal(2,
            root.GetProperty("dataNotes").EnumerateArray()
            .Count(n => plan.Error.Contains($"data: {n.GetString()}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_mixture_is_trained_by_weight_and_each_source_has_its_columns()
    {
        WriteSwahili();
        WriteEnglish();
        Write("mixed", """
            { "sources": [{ "name": "sw", "corpus": "jsonl", "paths": ["text/sw.jsonl.gz"], "field": "text", "weight": 3 },
                          { "name": "en", "corpus": "csv", "paths": ["text/en.csv"], "column": "text", "weight": 1 }],
              "tokenizer": { "kind": "bpe", "vocabulary": 300 }, "uniqueTokens": [2048, 4096] }
            """);
        var plan = await _lab.RunAsync("plan", "grid.json");
        Assert.Contains("sw 4 en 4", plan.Out, StringComparison.Ordinal); // 8192 tokens over 2048, by weight
        var rows = await RunAsync();
        Assert.Equal(4, rows.Count);
        foreach (var row in rows)
        {
            Assert.Equal(["sw", "en"], row.Sources.Select(s => s.Name));
            Assert.Equal((0.75 * row.Sources[0].LossValidation) + (0.25 * row.Sources[1].LossValidation),
                row.LossValidation!.Value, 9);
            Assert.All(row.Sources, s => Assert.InRange(s.LossValidation, 1, Math.Log(300)));
            Assert.All(row.Sources, s => Assert.Equal(row.Epochs!.Value, s.Epochs, 0.05));
            Assert.Equal(row.Tokens / row.UniqueTokens, row.Epochs);
        }

        var csv = await File.ReadAllTextAsync(Path.Combine(_lab.Out, "runs.csv"));
        Assert.Contains("unique_tokens,loss_validation_sw,bits_per_byte_sw,epochs_sw,loss_validation_en,", csv,
            StringComparison.Ordinal);
        Assert.Equal(0, (await _lab.RunAsync("report", _lab.Out)).ExitCode);
        Assert.Equal(csv, await File.ReadAllTextAsync(Path.Combine(_lab.Out, "runs.csv")));
        Assert.Contains("mixture of sw (75.0 %), en (25.0 %)",
            await File.ReadAllTextAsync(Path.Combine(_lab.Out, "report.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_that_cannot_be_read_are_listed_with_file_and_line()
    {
        _lab.Write("text/bad.jsonl", "{\"text\":\"good\"}\n{\"text\":\n{\"body\":\"x\"}\n");
        Write("bad", """{ "corpus": "jsonl", "paths": ["text"], "field": "text" }""");
        var answer = await _lab.RunAsync("run", "grid.json", "--out", _lab.Out);
        Assert.Equal(2, answer.ExitCode);
        Assert.Equal(2, answer.Problems.Count);
        Assert.Contains("bad.jsonl line 2: is no valid JSON", answer.Problems[0], StringComparison.Ordinal);
        Assert.EndsWith("bad.jsonl line 3: has no field 'text'.", answer.Problems[1], StringComparison.Ordinal);
    }
}
