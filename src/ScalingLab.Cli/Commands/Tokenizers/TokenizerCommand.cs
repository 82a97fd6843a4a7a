using System.CommandLine;
using ScalingLab.Cli.Consoles;

namespace ScalingLab.Cli.Commands.Tokenizers;

/// <summary><c>lab tokenizer train|compare</c>.</summary>
internal static class TokenizerCommand
{
    public static Command Create(Screen screen) =>
        new("tokenizer", "Train a tokenizer on files of text, or compare tokenizers on them")
        {
            TokenizerTrainCommand.Create(screen), TokenizerCompareCommand.Create(screen),
        };
}
