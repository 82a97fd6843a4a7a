using System.Globalization;
using System.Text;
using ScalingLab.Data;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Data.Tokenizers.Training;
using ScalingLab.Fuzz.Mutations;

namespace ScalingLab.Fuzz.Formats;

/// <summary>Tokenizers of other programs: <c>tokenizer.json</c> and rank files.</summary>
internal sealed class TokenizerFormat : FuzzFormat
{
    private const string Json = ".json";
    private const string Ranks = TokenizerFiles.RankEnding;
    private const string Text = "Every run 1234 is named by what it is: \u00e9, \u4e2d, \ud83d\ude00. \r\n  it's";

    private static readonly string[] Words =
    [
        "version", "truncation", "padding", "added_tokens", "id", "content", "special", "normalizer", "pre_tokenizer",
        "post_processor", "decoder", "model", "type", "BPE", "ByteLevel", "Split", "Sequence", "add_prefix_space",
        "use_regex", "pattern", "Regex", "behavior", "Isolated", "pretokenizers", "vocab", "merges", "byte_fallback",
        "ignore_merges", "dropout", "unk_token", "<|endoftext|>", "</s>", "Unigram", "WordPiece", "NFC", "kind", "a b",
        "normalizers", "normalized", "single_word", "lstrip", "rstrip",
    ];

    private readonly JsonMutator _mutator = new(Words);
    private readonly string _json;
    private readonly string _ranks;

    public TokenizerFormat(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        var made = Path.Combine(folder, "made");
        Directory.CreateDirectory(made);
        var trainer = new BpeTrainer(PreSplit.Named[1].Split, ["<|user|>"]);
        for (var i = 0; i < 20; i++) trainer.Add($"{Text} Number {i} of {i * i}.");
        TokenizerFiles.Save(trainer.Train(300, CancellationToken.None), made);
        _json = File.ReadAllText(Path.Combine(made, TokenizerFiles.HuggingFaceName));
        _ranks = File.ReadAllText(Path.Combine(made, TokenizerFiles.RankName));
    }

    public override IReadOnlyList<FuzzInput> Whole =>
        [new(Json, Encoding.UTF8.GetBytes(_json)), new(Ranks, Encoding.UTF8.GetBytes(_ranks))];

    public override FuzzInput Make(Random random)
    {
        var isJson = random.Next(2) == 0;
        var bytes = Encoding.UTF8.GetBytes(isJson ? _mutator.Mutate(_json, random) : Lines(random));
        return new FuzzInput(isJson ? Json : Ranks, random.Next(6) == 0 ? ByteMutator.Mutate(bytes, random) : bytes);
    }

    public override bool Read(FuzzInput input, string file)
    {
        try
        {
            foreach (var (_, split) in PreSplit.Named)
            {
                var tokenizer = TokenizerFiles.Load(file, split);
                var tokens = tokenizer.Encode(Text);
                if (tokens.Any(token => token < 0 || token >= tokenizer.Vocabulary))
                    throw new FindingException("a token beyond the vocabulary was given");
                if (tokenizer.Decode(tokens.AsSpan()) != Text)
                    throw new FindingException("what the tokenizer encodes it does not decode");
                if (input.Ending == Json) break;
            }
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    /// <summary>Lines of a rank file dropped, doubled, moved, or with other tokens and ranks.</summary>
    private string Lines(Random random)
    {
        var lines = _ranks.Split('\n').ToList();
        for (var i = JsonMutator.Times(random); i > 0; i--)
        {
            var at = random.Next(lines.Count);
            var token = lines[at].Split(' ')[0];
            switch (random.Next(7))
            {
                case 0:
                    lines.RemoveRange(at, Math.Min(lines.Count - at - 1, 1 + random.Next(40)));
                    break;
                case 1:
                    lines.Insert(random.Next(lines.Count), lines[at]);
                    break;
                case 2:
                    lines[at] = $"{token} {Oddities.Number(random)}";
                    break;
                case 3:
                    var bytes = new byte[random.Next(random.Next(4) == 0 ? 100_000 : 6)];
                    random.NextBytes(bytes);
                    lines[at] = string.Create(CultureInfo.InvariantCulture,
                        $"{Convert.ToBase64String(bytes)} {(random.Next(2) == 0 ? at : lines.Count)}");
                    break;
                case 4:
                    lines[at] = $"{Oddities.Text(random)} {at}";
                    break;
                case 5:
                    (lines[at], lines[0]) = (lines[0], lines[at]);
                    break;
                default:
                    lines[at] = lines[at].Replace(" ", Oddities.Text(random), StringComparison.Ordinal);
                    break;
            }
        }
        return string.Join('\n', lines);
    }
}
