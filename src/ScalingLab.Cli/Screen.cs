using Spectre.Console;

namespace ScalingLab.Cli;

/// <summary>
/// Where a command speaks: tables and bars on the console, plain text and JSON on <paramref name="Out"/>, notes and problems on
/// <paramref name="Error"/>. Whatever is said there, no terminal obeys it: <see cref="ShownText"/>.
/// </summary>
/// <param name="Console">The console; without colours and wide when it is no terminal.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsTerminal">Whether a person looks on, so that bars may move.</param>
internal sealed record Screen(IAnsiConsole Console, TextWriter Out, TextWriter Error, bool IsTerminal)
{
    // Tables in a file or a pipe are not folded to a window's width.
    private const int PlainWidth = 220;

    /// <summary>The process's own.</summary>
    public static Screen OfProcess()
    {
        var terminal = !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(System.Console.Out),
        });
        if (!terminal) console.Profile.Width = PlainWidth;
        console.Pipeline.Attach(new ShownSegments());
        return new Screen(console, new ShownWriter(System.Console.Out), new ShownWriter(System.Console.Error), terminal && console.Profile.Capabilities.Ansi);
    }
}
