using System.CommandLine;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Options;

/// <summary>How much a model reads of a text, and how it writes.</summary>
internal sealed class DecodingOptionSet
{
    private const int DefaultTokens = RunTask.DefaultTokens;

    private readonly Option<int?> _promptTokens = RunOptions.PositiveInteger("--prompt-tokens",
        $"Tokens of a held-out document that are read; {DefaultTokens} unless given");

    private readonly Option<int?> _tokens = RunOptions.PositiveInteger("--tokens",
        $"Most tokens that are written of each document; {DefaultTokens} unless given");

    private readonly Option<double?> _temperature =
        RunOptions.Number("--temperature", "Divides the logits; 0, the default, takes the likeliest token", 0, 100);

    private readonly Option<int?> _topK = RunOptions.PositiveInteger("--top-k", "Draw from that many likeliest tokens");

    private readonly Option<double?> _topP =
        RunOptions.Number("--top-p", "Draw from the likeliest tokens that together have this probability", 0, 1);

    private readonly Option<int> _seed =
        new("--seed") { Description = "Seeds the draws; 1 unless given", DefaultValueFactory = _ => 1 };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [ForPrompts, .. ForWriting, ForDraws];

    /// <summary>How much is read.</summary>
    public Option ForPrompts => _promptTokens;

    /// <summary>How it is written.</summary>
    public IReadOnlyList<Option> ForWriting => [_tokens, _temperature, _topK, _topP];

    /// <summary>What seeds it.</summary>
    public Option ForDraws => _seed;

    /// <summary>Those that draw tokens, in place of taking the likeliest.</summary>
    public IEnumerable<Option> Sampling => [_temperature, _topK, _topP, _seed];

    /// <summary>Most tokens that are written.</summary>
    public int Tokens(ParseResult parsed) => parsed.GetValue(_tokens) ?? DefaultTokens;

    /// <summary>Tokens of a document that are read.</summary>
    public int PromptTokens(ParseResult parsed) => parsed.GetValue(_promptTokens) ?? DefaultTokens;

    /// <summary>Seeds draws and parts.</summary>
    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);

    /// <summary>How the model writes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="context">The model's context.</param>
    /// <param name="endOfDocument">The token that ends a text.</param>
    /// <exception cref="InputException">The context has no room for so many tokens.</exception>
    public Decoding Read(ParseResult parsed, int context, int endOfDocument)
    {
        var tokens = Tokens(parsed);
        if (tokens >= context)
            throw new InputException("--tokens", $"is {tokens}; less than the model's context of {context} is "
                + "expected");
        return new Decoding(tokens, parsed.GetValue(_temperature) ?? 0, parsed.GetValue(_topK) ?? 0,
            parsed.GetValue(_topP) ?? 1, parsed.GetValue(_seed), [endOfDocument]);
    }
}
