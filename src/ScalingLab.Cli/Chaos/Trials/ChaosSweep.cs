using System.Globalization;

namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>A sweep of one micro model under many seeds, on a made-up text.</summary>
/// <param name="Runs">Seeds, from 1.</param>
/// <param name="Tokens">Length of each run.</param>
internal sealed record ChaosSweep(int Runs, long Tokens)
{
    public const string Name = "chaos";

    /// <summary>Seconds between checkpoints.</summary>
    public const double CheckpointSeconds = 0.5;

    /// <summary>The model of most trials.</summary>
    public const string Small = "micro-28k";

    public string Model { get; init; } = Small;

    /// <summary>Writes grid.json and text.</summary>
    public void Write(string folder)
    {
        var text = Directory.CreateDirectory(Path.Combine(folder, "text")).FullName;
        var words =
            "the model learns a power law of loss over tokens and width grows slowly when compute is small".Split(' ');
        var random = new Random(1);
        for (var document = 0; document < 24; document++)
        {
            var sentences = Enumerable.Range(0, 80)
                .Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ => words[random.Next(words.Length)]))
                    + ".");
            File.WriteAllText(Path.Combine(text, $"{document}.txt"), string.Join('\n', sentences));
        }
        File.WriteAllText(Path.Combine(folder, "grid.json"), string.Create(CultureInfo.InvariantCulture, $$"""
            { "name": "{{Name}}",
              "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": ["{{Model}}"], "lengths": [{ "tokens": {{Tokens}} }], "seeds": {{Runs}},
              "recipe": { "evaluationTokens": 1024 },
              "worker": { "threads": 1, "checkpointSeconds": {{CheckpointSeconds}}, "evaluations": 2, "curvePoints": 20 } }
            """));
    }
}
