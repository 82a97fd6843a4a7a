using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

public class TrunkTests
{
    private static readonly RunSpec Long = new()
    {
        Shape = ModelPresets.Find("micro-63k")!.Shape(1024),
        Data = new DataIdentity("dotnet-docs", "c0", "t0"),
        Steps = 1000,
        Recipe =
            new TrainingRecipe
            { BatchSequences = 8, LearningRateMax = 0.02, Schedule = ScheduleKind.Wsd, WarmupSteps = 20 },
        Seed = 1,
    };

    [Fact]
    public void Runs_that_differ_in_length_or_cooldown_only_share_a_trunk()
    {
        Assert.NotNull(Trunk.KeyOf(Long));
        Assert.Equal(Trunk.KeyOf(Long), Trunk.KeyOf(Long with { Steps = 500 }));
        Assert.Equal(Trunk.KeyOf(Long),
            Trunk.KeyOf(Long with
                { Recipe = Long.Recipe with { CooldownFraction = 0.1, Cooldown = CooldownKind.Sqrt } }));
        Assert.Equal((800, 400), (Trunk.StepsOf(Long), Trunk.StepsOf(Long with { Steps = 500 })));
    }

    [Fact]
    public void Runs_that_differ_before_the_cooldown_do_not()
    {
        RunSpec[] others =
        [
            Long with { Seed = 2 },
            Long with { Shape = Long.Shape with { Width = 48 } },
            Long with { Recipe = Long.Recipe with { LearningRateMax = 0.03 } },
            Long with { Recipe = Long.Recipe with { WarmupSteps = 30 } },
            Long with { Recipe = Long.Recipe with { WeightDecay = 0.2 } },
            Long with { Data = Long.Data with { CorpusHash = "c1" } },
        ];
        Assert.Equal(others.Length + 1, others.Append(Long).Select(Trunk.KeyOf).Distinct().Count());
    }

    [Fact]
    public void A_run_whose_beginning_follows_its_length_has_no_trunk()
    {
        Assert.Null(Trunk.KeyOf(Long with { Recipe = Long.Recipe with { WarmupSteps = null } }));
        Assert.Null(Trunk.KeyOf(Long with { Recipe = Long.Recipe with { BatchWarmupFraction = 0.1 } }));
        Assert.Null(Trunk.KeyOf(Long with { Recipe = Long.Recipe with { Schedule = ScheduleKind.Cosine } }));
        Assert.NotNull(Trunk.KeyOf(Long with { Recipe = Long.Recipe with { WarmupSteps = null, WarmupFraction = 0 } }));
    }

    [Fact]
    public void A_trunk_is_paid_for_once()
    {
        RunSpec[] runs = [.. new long[] { 250, 500, 1000 }.Select(steps => Long with { Steps = steps })];
        var perStep = Long.Flops / 1000;
        Assert.Equal((50 + 100 + 1000) * perStep, Trunk.FlopsOf(runs), 1e-6 * Long.Flops);
        RunSpec[] strangers = [.. runs.Select((run, i) => run with { Seed = i })];
        Assert.Equal(1750 * perStep, Trunk.FlopsOf(strangers), 1e-6 * Long.Flops);
    }
}
