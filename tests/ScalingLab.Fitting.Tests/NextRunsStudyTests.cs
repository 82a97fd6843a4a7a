using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Simulations;
using ScalingLab.Fitting.Studies;

namespace ScalingLab.Fitting.Tests;

/// <summary>Runs chosen from a grid's cells against all of them, on one truth.</summary>
public sealed class NextRunsStudyTests
{
    private static readonly CoverageDesign Small = CoverageDesign.All.First(one => one.Name == "small");

    private static readonly NextRunsDesign Design = new(
        new SimulatedSweep(Small.Law, Small.Places) { Noise = Small.Noise[0] },
        LawTarget.OfLaw.First(one => one.Name == "a"))
    {
        Shares = [0.1, 0.4],
    };

    private static readonly FitOptions Quick = new() { Bootstrap = 20 };

    [Fact]
    public void The_pilot_has_the_smallest_budgets()
    {
        var cells = Design.Pilot.Select(cell => Design.Grid.Cells[cell]).ToList();
        Assert.Equal([1e17, 1e18, 1e19], cells.Select(cell => cell.BudgetFlops!.Value).Distinct());
        Assert.Equal(18, cells.Count);
    }

    [Fact]
    public void Chosen_runs_tell_a_better_than_the_grid_for_four_tenths_of_its_cost()
    {
        var found = NextRunsStudy.Run(Design, 12, Quick);
        Assert.Equal(12, found.Trials);
        Assert.All(found.Rows, row => Assert.InRange(row.Spent, 0, row.Share));
        Assert.InRange(found.Rows[1].Width95.High, 0, 1);
        Assert.True(found.Rows[1].Width < found.Rows[0].Width + 0.05);
        Assert.InRange(found.Saved95.Low, 0.4, 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_on_any_number_of_threads()
    {
        var one = NextRunsStudy.Run(Design, 3, Quick with { Threads = 1 });
        var two = NextRunsStudy.Run(Design, 3, Quick with { Threads = 2 });
        Assert.Equal(one.Rows, two.Rows);
        Assert.Equal(one.Saved, two.Saved);
    }
}
