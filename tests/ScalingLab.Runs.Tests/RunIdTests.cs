using System.Text.Json;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Tests;

public class RunIdTests
{
    private static readonly RunSpec Spec = new()
    {
        Shape = ModelPresets.Find("micro-63k")!.Shape(1024),
        Data = new DataIdentity("dotnet-docs", "c0", "t0"),
        Steps = 100,
        Recipe = new TrainingRecipe { BatchSequences = 8, LearningRateMax = 0.02 },
        Seed = 1,
    };

    [Fact]
    public void The_same_run_has_the_same_name_under_another_corpus_name() =>
        Assert.Equal(Spec.Id, (Spec with { Data = Spec.Data with { Corpus = "my docs" } }).Id);

    [Fact]
    public void Whatever_changes_the_numbers_changes_the_name()
    {
        RunSpec[] others =
        [
            Spec with { Seed = 2 },
            Spec with { Steps = 101 },
            Spec with { NumericsVersion = RunSpec.CurrentNumericsVersion + 1 },
            Spec with { Data = Spec.Data with { CorpusHash = "c1" } },
            Spec with { Data = Spec.Data with { TokenizerHash = "t1" } },
            Spec with { Data = Spec.Data with { HeldOut = 0.1 } },
            Spec with { Shape = Spec.Shape with { Positions = PositionKind.Learned } },
            Spec with { Shape = Spec.Shape with { Context = 32 } },
            Spec with { Shape = Spec.Shape with { Norm = NormKind.Layer } },
            Spec with { Shape = Spec.Shape with { HeadsPerGroup = 2 } },
            Spec with { Shape = Spec.Shape with { QkNorm = true } },
            Spec with { Shape = Spec.Shape with { LogitSoftCap = 30 } },
            Spec with { Recipe = Spec.Recipe with { Cycle = 2 } },
            Spec with { Recipe = Spec.Recipe with { CooldownFraction = 0.1 } },
            Spec with { Recipe = Spec.Recipe with { WarmupSteps = 10 } },
            Spec with { Recipe = Spec.Recipe with { Precision = Precision.Bf16 } },
            Spec with { Recipe = Spec.Recipe with { LearningRateMax = 0.021 } },
        ];
        Assert.Equal(others.Length + 1, others.Append(Spec).Select(s => s.Id).Distinct().Count());
    }

    // Ledgers and committed results hold these names: a change of the canonical text must be meant, and raises
    // NumericsVersion.
    [Fact]
    public void The_name_of_a_known_run_stays_as_it_is() => Assert.Equal("cd40b3f35984ae46", Spec.Id.Value);

    [Fact]
    public void A_spec_and_every_message_read_back_as_they_were_written()
    {
        Assert.Equal(Spec, RunJson.Deserialize<RunSpec>(RunJson.Serialize(Spec)));
        var result = new RunResult
        {
            LossValidation = 3.5, BitsPerByte = 1.6, EvaluationTokens = 1024, Epochs = 0.3, WallSeconds = 12,
                TokensPerSecond = 9e4,
            Device = "CPU (1 thread)", Threads = 1,
        };
        WorkerMessage[] messages =
        [
            new WorkerMessage.Started(5, "CPU", 1, 63_000, "libtorch 1.13.0"),
            new WorkerMessage.Progress(6, 100, 4.5, 1e5),
            new WorkerMessage.Measured(new MetricPoint(6, 3072, 4.5, null, 0.01, 1.2)),
            new WorkerMessage.CheckpointSaved(6),
            new WorkerMessage.Completed(result),
            new WorkerMessage.Failed(FailureKind.OutOfMemory, "no room", 7),
        ];
        Assert.All(messages, m => Assert.Equal(m, RunJson.Deserialize<WorkerMessage>(RunJson.Serialize(m))));
        Assert.Contains("\"kind\":\"out-of-memory\"", RunJson.Serialize(messages[^1]), StringComparison.Ordinal);
        var watched = new MetricPoint(7, 3584, Telemetry: new IntervalTelemetry { PowerWatts = 61.5 });
        Assert.Equal("""{"step":7,"tokens":3584,"telemetry":{"powerWatts":61.5}}""", RunJson.Serialize(watched));
        Assert.Equal(watched.Telemetry, RunJson.Deserialize<MetricPoint>(RunJson.Serialize(watched)).Telemetry);
        Assert.Equal(watched, watched with { Telemetry = null }); // the same run at another speed
        Assert.DoesNotContain("perplexity", RunJson.Serialize(messages[4]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"type":"praise"}""")]
    [InlineData("""{"type":"checkpoint-saved","step":1,"stride":2}""")]
    public void What_is_no_message_is_refused(string json) =>
        Assert.True(Record.Exception(() => RunJson.Deserialize<WorkerMessage>(json)) is JsonException
            or NotSupportedException);
}
