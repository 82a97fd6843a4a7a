using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Simulations;

namespace ScalingLab.Fitting.Tests;

/// <summary>Which runs tell most about a number.</summary>
public sealed class OptimalDesignTests
{
    private static readonly ParametricLaw Law = Surfaces.Chinchilla;
    private static readonly LawTarget Exponent = LawTarget.OfLaw.First(one => one.Name == "a");

    private static DesignRequest Request(LawTarget target, double budget = 1e20) => new(
        target, [Law], 0.003, [.. Surfaces.Grid(Law).Select(one => (one.Parameters, one.Tokens))])
    {
        Candidates =
        [
            .. from flops in (double[])[1e17, 1e18, 1e19, 1e20]
               from size in (double[])[0.2, 0.5, 1, 2, 5]
               let n = Law.Optimum(flops).Parameters * size
               select new RunCandidate(n, flops / (6 * n), flops, 2),
        ],
        Budget = budget,
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_predicted_error_is_the_one_that_repeated_sweeps_show(int which)
    {
        LawTarget[] targets =
        [
            Exponent, LawTarget.OfLaw[0], new(LawTargetKind.OptimalParameters, "N_opt@1e22", 1e22),
            new(LawTargetKind.Loss, "loss@N=1e9,D=2e10", Parameters: 1e9, Tokens: 2e10),
        ];
        var target = targets[which];
        var sweep = new SimulatedSweep(Law, Surfaces.Grid(Law)) { Noise = 0.003 };
        var options = new FitOptions { Bootstrap = 0, Method = FitMethod.SquaredError };
        var shown = RecoveryStudy.Run(sweep, [target], 120, options).Rows[0];
        var scale = target.IsFactor ? 1 : target.Of(Law);
        var predicted = OptimalDesign.Choose(Request(target, 0))!.ErrorBefore / scale;
        // 120 trials tell a standard deviation to 6 %; the rest is what the straight line leaves out.
        Assert.InRange(shown.Error / predicted, 0.8, 1.2);
    }

    [Fact]
    public void Of_few_pairs_the_best_one_is_chosen()
    {
        var request = Request(Exponent, 2e20) with { MostRuns = 2 };
        var chosen = OptimalDesign.Choose(request)!;
        var best = (from one in Enumerable.Range(0, request.Candidates.Count)
                    from two in Enumerable.Range(one, request.Candidates.Count - one)
                    let state = new DesignState(request)
                    select After(state, one, two)).Min();
        Assert.Equal(2, chosen.Runs.Sum(run => run.Count));
        Assert.Equal(best, chosen.ErrorAfter, 1e-3 * best);

        static double After(DesignState state, int one, int two)
        {
            state.Change(one, 1);
            state.Change(two, 1);
            return state.Error;
        }
    }

    [Fact]
    public void The_choice_keeps_to_the_budget_and_beats_what_chance_would_choose()
    {
        var request = Request(new(LawTargetKind.OptimalParameters, "N_opt@1e22", 1e22), 2.5e20);
        var chosen = OptimalDesign.Choose(request)!;
        Assert.InRange(chosen.Flops, 0, request.Budget);
        Assert.Equal(chosen.Flops, chosen.Runs.Sum(run => run.Count * run.Candidate.Flops), 1e-9 * chosen.Flops);
        Assert.All(chosen.Runs, run => Assert.InRange(run.Count, 1, run.Candidate.Most));
        Assert.True(chosen.ErrorAfter < 0.8 * chosen.ErrorBefore);
        for (var trial = 0; trial < 40; trial++)
        {
            var (random, state, left) = (new SplitMix64(1, trial), new DesignState(request), request.Budget);
            var counts = new int[request.Candidates.Count];
            for (var draw = 0; draw < 200; draw++)
            {
                var index = random.NextIndex(request.Candidates.Count);
                var candidate = request.Candidates[index];
                if (candidate.Flops > left || counts[index]++ >= candidate.Most) continue;
                left -= request.Candidates[index].Flops;
                state.Change(index, 1);
            }

            Assert.True(chosen.ErrorAfter < state.Error * 1.001, $"trial {trial}: {chosen.ErrorAfter} {state.Error}");
        }
    }

    [Fact]
    public void A_run_made_and_taken_back_changes_nothing()
    {
        var state = new DesignState(Request(Exponent));
        var before = state.Error;
        var gain = state.Gain(7);
        state.Change(7, 1);
        Assert.Equal(before * Math.Exp(-gain / 2), state.Error, 1e-9 * before);
        state.Change(7, -1);
        Assert.Equal(before, state.Error, 1e-9 * before);
    }

    [Fact]
    public void A_number_that_no_law_has_is_no_target()
    {
        var target = new LawTarget(LawTargetKind.OptimalParameters, "N_opt@1e21", 1e21) { FlopsPerToken = _ => 1 };
        Assert.Null(OptimalDesign.Choose(Request(target)));
    }
}
