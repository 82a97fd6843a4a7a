using ScalingLab.Reporting.Tables;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A lab with a text and a grid of two very small models on it.</summary>
public abstract class Sweeping : IDisposable
{
    private const string Grid = """
        { "name": "NAME", "question": "Does it run?",
          "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
          "models": ["micro-28k", { "layers": 1, "width": 8, "heads": 1 }],
          "lengths": [{ "tokens": TOKENS }],
          "recipe": { "evaluationTokens": 1024 },
          "worker": { "checkpointSeconds": 0.2, "evaluations": 2, "curvePoints": 20 } }
        """;

    protected Sweeping() => Lab.WriteText();

    private protected Lab Lab { get; } = new();

    public void Dispose()
    {
        Lab.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Write(string name, int tokens, string more = "") => Lab.Write(
        "grid.json",
        Grid.Replace("NAME", name, StringComparison.Ordinal).Replace("TOKENS", $"{tokens}", StringComparison.Ordinal)
            .Replace("\"recipe\"", more + "\"recipe\"", StringComparison.Ordinal));

    private protected RunningLab Start(params string[] more) =>
        Lab.Start(["run", "grid.json", "--out", Lab.Out, "--slots", "1", .. more]);

    private protected Task<LabAnswer> RunAsync(params string[] more) =>
        Lab.RunAsync(["run", "grid.json", "--out", Lab.Out, "--slots", "1", .. more]);

    private protected IReadOnlyList<RunRow> Rows() => RunsCsv.Read(Path.Combine(Lab.Out, "runs.csv"));
}
