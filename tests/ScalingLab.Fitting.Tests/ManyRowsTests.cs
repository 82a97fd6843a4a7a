using System.Collections.Concurrent;
using ScalingLab.Fitting.Diagnostics;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Tests;

/// <summary>
/// Fits that take long: what they leave out to be quick, how they are told to end, and what they say meanwhile.
/// </summary>
public sealed class ManyRowsTests
{
    private static List<LossObservation> Rows(int sizes, int lengths) =>
        Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla, sizes, lengths), 0.01, 3);

    [Theory]
    [InlineData(FitMethod.Huber)]
    [InlineData(FitMethod.VariableProjection)]
    public void Of_many_rows_those_that_move_the_law_most_are_found_without_leaving_out_each(FitMethod method)
    {
        var rows = ObservationChecks.Check(Rows(25, 41)).Usable;
        var options = new FitOptions { Bootstrap = 0, Method = method };
        var fit = ParametricFitter.Fit(rows, options);
        var leverage = DiagnosticChecks.Run(rows, rows, fit, options)!.Leverage;

        var cost = new ParametricCost(rows, options);
        var theta = cost.Problem.Theta(fit.Law!);
        var changes = Enumerable.Range(0, rows.Count).AsParallel().AsOrdered().Select(index =>
        {
            var weights = Enumerable.Range(0, rows.Count).Select(other => other == index ? 0.0 : 1).ToArray();
            return (Row: index + 1, Change: cost.Problem.Law(cost.Descend(theta, weights).Theta).ParametersExponent
                - fit.Law!.ParametersExponent);
        }).OrderByDescending(one => Math.Abs(one.Change)).Take(10).ToList();
        Assert.Equal(changes.Select(one => one.Row), leverage.Runs.Select(run => run.Row));
        Assert.Equal(changes.Select(one => one.Change), leverage.Runs.Select(run => run.ExponentChange));
    }

    [Theory]
    [InlineData(FitMethod.Huber)]
    [InlineData(FitMethod.VariableProjection)]
    public void The_valleys_of_many_rows_are_found_with_a_sample_of_them_and_their_bottoms_with_all(FitMethod method)
    {
        var rows = ObservationChecks.Check(Rows(90, 100)).Usable;
        var options = new FitOptions { Bootstrap = 0, Method = method };
        var cost = new ParametricCost(rows, options);
        var (all, sampled) = (cost.Search(options.Seed), ParametricSearch.Descents(rows, cost, options));
        var (best, same) = (all.MinBy(d => d.Value)!, sampled.MinBy(d => d.Value)!);
        Assert.Equal(all.Count, sampled.Count);
        Assert.True(same.Converged);
        Assert.Equal(1, same.Value / best.Value, 1e-12);
        foreach (var (one, other) in best.Theta.Zip(same.Theta)) Assert.Equal(one, other, 1e-7);
    }

    [Fact]
    public void A_fit_that_is_no_longer_wanted_ends_in_whatever_part_it_is()
    {
        var rows = Rows(7, 7);
        var parts = new ConcurrentDictionary<string, int>();
        Fitter.Fit(rows,
            new FitOptions
            { Bootstrap = 2, Progress = new Told(stage => parts.AddOrUpdate(stage.Part, 1, (_, n) => n + 1)) });
        Assert.Superset(
            new HashSet<string>
            { "parametric law", "parametric law, bootstrap", "parametric law without single runs",
                "envelope of curves", "Kaplan's laws" },
            parts.Keys.ToHashSet());

        foreach (var part in parts.Keys)
        {
            using var stop = new CancellationTokenSource();
            var told = new ConcurrentQueue<string>();
            var options = new FitOptions
            {
                Bootstrap = 2,
                Stop = stop.Token,
                Progress = new Told(stage =>
                {
                    told.Enqueue(stage.Part);
                    if (stage.Part == part) stop.Cancel();
                }),
            };
            Assert.ThrowsAny<OperationCanceledException>(() => Fitter.Fit(rows, options));
            Assert.Equal(part, told.Last());
        }
    }

    [Fact]
    public void Pieces_are_counted_up_to_all_of_them()
    {
        var stages = new ConcurrentQueue<FitProgress>();
        ParametricFitter.Fit(ObservationChecks.Check(Rows(7, 7)).Usable,
            new FitOptions { Bootstrap = 20, Progress = new Told(stages.Enqueue) });
        Assert.Equal(Enumerable.Range(1, 20), stages.Where(s => s.Pieces == 20).Select(s => s.Done).Order());
    }

    [Fact]
    public void Budgets_are_divided_at_their_widest_gaps_in_turn_however_many_rows_there_are()
    {
        var random = new Random(1);
        var few = Enumerable.Range(0, 400).Select(_ => Row(1e15 * Math.Exp(12 * random.NextDouble()))).ToList();
        Assert.Equal(
            Slowly([.. few.OrderBy(one => one.Flops)]).Where(part => part.Count >= 3)
            .Select(part => part.Select(one => one.Flops)),
            IsoFlopGroups.Split(few).Budgets.Select(budget => budget.Observations.Select(one => one.Flops)));

        // Every gap is narrower than the one before it: the first is always the widest that is left.
        var many = Enumerable.Range(0, 200_000).Select(index => Row(1e15 * Math.Exp(Math.Sqrt(index) / 10))).ToList();
        var (budgets, others) = IsoFlopGroups.Split(many);
        Assert.Equal(many.Count, budgets.Sum(budget => budget.Observations.Count) + others.Count);
        Assert.All(budgets, budget => Assert.True(budget.Observations[^1].Flops <= 1.3 * budget.Observations[0].Flops));

        static LossObservation Row(double flops) => new(Math.Sqrt(flops), Math.Sqrt(flops), flops, 3);

        static IEnumerable<List<LossObservation>> Slowly(List<LossObservation> ascending)
        {
            if (ascending[^1].Flops <= ascending[0].Flops * 1.3)
                return [ascending];
            var gap = Enumerable.Range(1, ascending.Count - 1)
                .MaxBy(index => ascending[index].Flops / ascending[index - 1].Flops);
            return Slowly(ascending[..gap]).Concat(Slowly(ascending[gap..]));
        }
    }

    private sealed class Told(Action<FitProgress> hear) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => hear(value);
    }
}
