using Spectre.Console;

namespace ScalingLab.Cli.Consoles;

/// <summary>
/// Where a command speaks: tables and bars on the console, plain text and JSON on <paramref name="Out"/>, notes and
/// problems on <paramref name="Error"/>. Whatever is said there, no terminal obeys it: <see cref="TerminalText"/>.
/// </summary>
/// <param name="Console">The console; without colours and wide when it is no terminal.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsTerminal">Whether a person looks on, so that bars may move.</param>
internal sealed record Screen(IAnsiConsole Console, TextWriter Out, TextWriter Error, bool IsTerminal)
{
    // Tables in a file or a pipe are not folded to a window's width.
    private const int PlainWidth = 220;

    /// <summary>Standard error as a terminal, on which a line may move; null where it is none.</summary>
    public IAnsiConsole? ErrorTerminal { get; init; }

    /// <summary>The process's own.</summary>
    public static Screen ForProcess()
    {
        var able = Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        var console = CreateConsole(System.Console.Out, able && !System.Console.IsOutputRedirected);
        var error = CreateConsole(System.Console.Error, able && !System.Console.IsErrorRedirected);
        return new Screen(console, new EscapingWriter(System.Console.Out), new EscapingWriter(System.Console.Error),
            console.Profile.Capabilities.Ansi)
        {
            ErrorTerminal = error.Profile.Capabilities.Ansi ? error : null,
        };
    }

    private static IAnsiConsole CreateConsole(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal) console.Profile.Width = PlainWidth;
        console.Pipeline.Attach(new EscapingRenderHook());
        return console;
    }
}
