using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Data;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Fuzz.Mutations;

namespace ScalingLab.Fuzz.Formats;

/// <summary>
/// A folder of prepared data of which one file lies: token files, tokenizer or what it was prepared of.
/// </summary>
internal sealed class ShardFormat : FuzzFormat
{
    private const int HeaderBytes = 192;
    private const string Text = "Every run is named by what it is: \u00e9, \u4e2d, \ud83d\ude00.";

    private static readonly string[] Files = ["train.tokens", "validation.tokens", "tokenizer.json", "data.json"];

    private static readonly string[] Words =
    [
        "version", "corpus", "tokenizer", "heldOutFraction", "data", "folder", "corpusHash", "tokenizerHash",
            "vocabulary", "trainTokens",
        "uniqueTrainTokens",
        "validationTokens", "trainBytes", "validationBytes", "report", "mixture", "name", "kind", "bytes", "bpe",
            "merges", "notes", "documents", "/dev/zero",
    ];

    private readonly string _folder;
    private readonly Dictionary<string, byte[]> _whole;
    private readonly JsonMutator _mutator = new(Words);

    public ShardFormat(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        var text = Path.Combine(folder, "text");
        Directory.CreateDirectory(text);
        for (var i = 0; i < 40; i++) File.WriteAllText(Path.Combine(text, $"{i}.txt"),
            $"{Text} Number {i} of {i * i}, and a text that is unlike all others.");
        _folder = DataPreparation.Prepare(
            new DataRequest(new TextFiles([text]), new TokenizerRequest("bpe", 300)), Path.Combine(folder, "state"),
            null, CancellationToken.None).Folder;
        _whole = Files.ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(_folder, name)));
    }

    public override IReadOnlyList<FuzzInput> Whole =>
        [.. _whole.Select(file => new FuzzInput($".{file.Key}", file.Value))];

    public override FuzzInput Make(Random random)
    {
        var name = Oddities.Of(random, Files);
        var bytes = _whole[name];
        if (name.EndsWith(".json", StringComparison.Ordinal))
            bytes = Encoding.UTF8.GetBytes(_mutator.Mutate(Encoding.UTF8.GetString(bytes), random));
        else bytes = Tokens((byte[])bytes.Clone(), random);
        return new FuzzInput($".{name}", random.Next(8) == 0 ? ByteMutator.Mutate(bytes, random) : bytes);
    }

    public override bool Read(FuzzInput input, string file)
    {
        var name = input.Ending.TrimStart('.');
        foreach (var (other, bytes) in _whole) File.WriteAllBytes(Path.Combine(_folder, other), other == name
            ? input.Bytes : bytes);
        try
        {
            var data = PreparedData.Load(_folder);
            foreach (var source in data.Sources)
            {
                using var train = data.OpenTrain(source);
                using var validation = data.OpenValidation(source);
                foreach (var shard in (TokenShard[])[train, validation])
                {
                    var some = new long[Math.Min(100, shard.Tokens)];
                    shard.Read(0, some);
                    shard.Read(shard.Tokens - some.Length, some);
                    if (some.Any(token => token < 0 || token >= data.Vocabulary))
                        throw new FindingException("a token beyond the vocabulary was read");
                }
            }

            var tokenizer = data.LoadTokenizer();
            if (tokenizer.Decode(tokenizer.Encode(Text).AsSpan()) != Text)
                throw new FindingException("what the tokenizer encodes it does not decode");
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    /// <summary>Lies in the header, or other tokens, with both checksums made right again.</summary>
    private static byte[] Tokens(byte[] bytes, Random random)
    {
        if (random.Next(3) == 0) bytes = [.. bytes[..HeaderBytes], .. ByteMutator.Mutate(bytes[HeaderBytes..], random)];
        for (var i = JsonMutator.Times(random); i > 0; i--)
        {
            int[] places = [8, 12, 16, 20, 24, 32];
            var at = Oddities.Of(random, places);
            if (at >= 24)
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at),
                    Oddities.Of(random, new[] { 0, 1, -1, 5, bytes.Length, 1L << 31,
                1L << 40, long.MaxValue, long.MinValue }));
            else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at),
                Oddities.Of(random, new[] { 0, 1, 2, 3, 4, 8, -1, 257, 300, 65536, 65537,
                int.MaxValue, int.MinValue }));
        }

        if (random.Next(2) == 0)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), (bytes.Length - HeaderBytes) / 2);
        SHA256.HashData(bytes.AsSpan(HeaderBytes)).CopyTo(bytes, 104);
        SHA256.HashData(bytes.AsSpan(0, HeaderBytes - 32)).CopyTo(bytes, HeaderBytes - 32);
        return bytes;
    }
}
