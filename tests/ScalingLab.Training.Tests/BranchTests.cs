using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Training.Tests;

/// <summary>Runs that leave one trunk are the runs that training each alone would give.</summary>
public sealed class BranchTests(TinyData data) : IClassFixture<TinyData>
{
    private static readonly TrainingRecipe Wsd =
        TinyData.Recipe with { Schedule = ScheduleKind.Wsd, WarmupSteps = 4, LearningRateFinalFraction = 0 };

    [Theory]
    [InlineData(CooldownKind.Linear)]
    [InlineData(CooldownKind.Sqrt)]
    public void A_branch_ends_bit_for_bit_where_the_run_alone_ends(CooldownKind cooldown)
    {
        var (longer, branch) =
            (data.Spec(steps: 40, recipe: Wsd), data.Spec(steps: 20, recipe: Wsd with { Cooldown = cooldown }));
        var name = $"branch-{cooldown}";
        var leave = Trunk.StepsOf(branch);
        var trunk = Path.Combine(data.Folder, name, "trunk");
        data.Train(data.Order(longer, $"{name}/long", s => s with { TrunkFolder = trunk, TrunkSteps = [leave] }));

        var (alone, _) = data.Train(data.Order(branch, $"{name}/alone"));
        var (branched, said) = data.Train(data.Order(branch, $"{name}/branch", s => s with { TrunkFolder = trunk }));

        Assert.Equal(leave, said.OfType<WorkerMessage.Started>().Single().Step);
        Assert.Equal(alone.LossValidation, branched.LossValidation);
        Assert.Equal((null, leave), (alone.TrunkSteps, branched.TrunkSteps));
    }

    [Fact]
    public void The_trunk_itself_is_not_changed_by_being_shared()
    {
        var spec = data.Spec(steps: 24, recipe: Wsd);
        var (alone, _) = data.Train(data.Order(spec, "trunk/alone"));
        var (shared, _) = data.Train(
            data.Order(spec, "trunk/shared",
                s => s with { TrunkFolder = Path.Combine(data.Folder, "trunk/at"), TrunkSteps = [8, 16] }));
        Assert.Equal(alone.LossValidation, shared.LossValidation);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(data.Folder, "trunk/at"), "step-*.ckpt").Length);
    }

    [Fact]
    public void A_branch_without_its_trunk_trains_it_itself()
    {
        var spec = data.Spec(steps: 20, recipe: Wsd);
        var (alone, _) = data.Train(data.Order(spec, "none/alone"));
        var (lonely, said) =
            data.Train(
                data.Order(spec, "none/lonely", s => s with { TrunkFolder = Path.Combine(data.Folder, "none/at") }));
        Assert.Equal(0, said.OfType<WorkerMessage.Started>().Single().Step);
        Assert.Equal(alone.LossValidation, lonely.LossValidation);
        Assert.Null(lonely.TrunkSteps);
    }

    [Fact]
    public void Another_runs_trunk_is_not_taken()
    {
        var folder = Path.Combine(data.Folder, "wrong/at");
        data.Train(
            data.Order(data.Spec(steps: 40, recipe: Wsd), "wrong/long",
                s => s with { TrunkFolder = folder, TrunkSteps = [16] }));
        var (_, said) =
            data.Train(
                data.Order(data.Spec(steps: 20, recipe: Wsd, seed: 2), "wrong/other",
                    s => s with { TrunkFolder = folder }));
        Assert.Equal(0, said.OfType<WorkerMessage.Started>().Single().Step);
    }
}
