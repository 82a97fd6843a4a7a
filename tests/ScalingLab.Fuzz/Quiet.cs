using ScalingLab.Cli.Consoles;
using Spectre.Console;

namespace ScalingLab.Fuzz;

/// <summary>A screen that nobody looks at: everything is laid out as for a pipe, and dropped.</summary>
internal static class Quiet
{
    public static Screen Screen()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(TextWriter.Null),
        });
        console.Profile.Width = 220;
        return new Screen(console, TextWriter.Null, TextWriter.Null, false);
    }
}
