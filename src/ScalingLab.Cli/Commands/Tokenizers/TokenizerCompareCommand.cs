using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Data;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Lab.Tokenizers;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Tokenizers;

/// <summary>
/// <c>lab tokenizer compare FILE... [--tokenizer T]... [--by FIELD] [--json]</c>: how many tokens the same text takes.
/// </summary>
internal static class TokenizerCompareCommand
{
    private static readonly JsonSerializerOptions Indented = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen)
    {
        var files = new TextFileSet();
        var tokenizers = new Option<string[]>("--tokenizer")
        {
            Description = $"bytes, {string.Join(", ", BuiltInTokenizers.Names)}, a {TokenizerFiles.HuggingFaceName}, a "
                + "folder with one, or a rank file with its pattern (FILE.tiktoken:gpt2); may be given again; "
                + "all the named ones unless given",
        };
        var by = new Option<string?>("--by")
        {
            Description = "A field or column of the files, such as a language: a row for each of its values, not for "
                + "each file",
        };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("compare", "Fertility of tokenizers on files of text: bytes a token, tokens a word, "
            + "and how fast they encode");
        files.AddTo(command);
        foreach (var option in new Option[] { tokenizers, by, json }) command.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            var named = TokenizerChoice.Find(parsed.GetValue(tokenizers) ?? []);
            var comparison = new TokenizerComparison(named, parsed.GetValue(by));
            var rows = await LongOperation.RunAsync(screen, "comparing tokenizers",
                work => comparison.Run(work.SetStage, files.Sources(parsed), stop), stop);
            if (rows.Count == 0) throw new DataException("The files hold no text: give others.");
            if (parsed.GetValue(json)) screen.Out.WriteLine(JsonSerializer.Serialize(rows, Indented));
            else TokenizerView.Show(screen, rows, parsed.GetValue(by));
            return CliHost.Success;
        });
        return command;
    }
}
