using System.CommandLine;
using System.Text;
using System.Text.Json;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using Spectre.Console;

namespace ScalingLab.Cli.Tests;

/// <summary>What a command said.</summary>
internal sealed record FitAnswer(int ExitCode, string Out, string Error)
{
    /// <summary>The problems that were listed, without their indent.</summary>
    public IReadOnlyList<string> Problems =>
        [.. Error.Split('\n').Where(l => l.StartsWith("  ", StringComparison.Ordinal)).Select(l => l.Trim())];

    public override string ToString() => $"exit code {ExitCode}\n--- out\n{Out}\n--- error\n{Error}";
}

/// <summary>
/// A folder of one's own in which <c>lab fit</c>, or another command, is run, through the same door as from a shell.
/// </summary>
internal sealed class FitLab : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("scalinglab-fit-").FullName;

    public string At(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    public Task<FitAnswer> RunAsync(params string[] arguments) =>
        SayAsync(screen => FitCommand.Create(screen), ["fit", .. arguments]);

    /// <summary>Runs any command.</summary>
    public async Task<FitAnswer> SayAsync(Func<Screen, Command> create, string[] words)
    {
        using var said = new StringWriter { NewLine = "\n" };
        using var complained = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(said),
        });
        console.Profile.Width = 220;
        var screen = new Screen(console, said, complained, false);
        var code =
            await CliHost.RunAsync(screen, new LabHome(Folder, At(".lab")), new RootCommand { create(screen) }, words);
        return new FitAnswer(code, said.ToString(), complained.ToString());
    }

    /// <summary>Runs <c>lab fit ... --json -</c>, which must do what was asked, and reads what it wrote.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var answer = await RunAsync([.. arguments, "--json", "-"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var json = JsonDocument.Parse(answer.Out);
        return json.RootElement.Clone();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
