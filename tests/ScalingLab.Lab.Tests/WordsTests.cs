using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Tests;

/// <summary>Lines that a person reads or types again.</summary>
public class WordsTests
{
    [Theory]
    [InlineData("grids/a.json", "grids/a.json")]
    [InlineData("seeds=1,2", "seeds=1,2")]
    [InlineData("", "''")]
    [InlineData("my grid.json", "'my grid.json'")]
    [InlineData("models=[23m,31m]", "'models=[23m,31m]'")]
    [InlineData("question=it's", "'question=it'\\''s'")]
    public void A_shell_takes_a_quoted_word_as_it_was(string word, string quoted) =>
        Assert.Equal(quoted, ShellQuoting.Quote(word));

    [Fact]
    public void A_lost_attempt_is_a_line_with_the_place_of_its_log()
    {
        var lost = new SweepProgress.Lost(
            new RunId("abc"), "micro-28k", 2, RunState.Pending, FailureKind.Environment,
            "disk full: No space left on device\n   at System.IO\n   at here")
        {
            LogFile = "/state/logs/abc/attempt-2.log",
        };
        Assert.Equal(
            "lost micro-28k abc, now pending (Environment): disk full: No space left on device (log: "
                + "/state/logs/abc/attempt-2.log)",
            ProgressLines.Format((run, model) => $"{model} {run}", lost));
    }

    [Fact]
    public void Of_a_dump_the_console_gets_the_first_line_and_the_log()
    {
        Assert.Equal("no driver", Excerpt.FirstLine("\n  no driver\nframe #0: at here\nframe #1: at there"));
        Assert.Equal("no driver (log: /x/attempt-1.log)", Excerpt.WithLog("no driver\nframe #0", "/x/attempt-1.log"));
        Assert.Equal("", Excerpt.FirstLine(""));
        Assert.Equal(303, Excerpt.FirstLine(new string('x', 1000)).Length);
    }
}
