using System.Text.Json;

namespace ScalingLab.Data.Tokenizers.Files;

/// <summary>
/// tokenizer.json of data that earlier versions prepared. Merges are pairs of token numbers; the i-th makes token
/// 256 + i.
/// </summary>
internal sealed record EarlierFile(string Kind, int Version, int Vocabulary, string Hash, int[][] Merges)
{
    public const int CurrentVersion = 1;

    // Each merge may double the one before it. A million tokens of 100 bytes are more than any text gives.
    private const long MaxTokenBytes = 100_000_000;

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="DataException">What the file says cannot be a tokenizer, or is not what it was when it was
    /// saved.</exception>
    public Tokenizer ToTokenizer(string path)
    {
        if (Version != CurrentVersion)
        {
            throw new DataException(
                $"{path}: tokenizer version {Version}; this program reads version "
                    + $"{CurrentVersion}: prepare the data again.");
        }
        CheckMerges(path);
        Tokenizer tokenizer = Kind switch
        {
            "bytes" => new ByteTokenizer(),
            "bpe" => new BpeTokenizer([.. Merges.Select(pair => (pair[0], pair[1]))]),
            _ => throw new DataException($"{path}: unknown tokenizer kind '{Kind}'; known are bytes and bpe."),
        };
        if (tokenizer.Hash != Hash || tokenizer.Vocabulary != Vocabulary)
            throw new DataException(
                $"{path}: the content does not fit its own hash: the file is damaged; prepare the data again.");
        return tokenizer;
    }

    private void CheckMerges(string path)
    {
        var (seen, bytes, all) =
            (new HashSet<(int, int)>(), new List<long>(Enumerable.Repeat(1L, ByteTokenizer.ByteValues)), 0L);
        for (var i = 0; i < Merges.Length; i++)
        {
            if (Merges[i] is not [var left, var right] || left < 0 || right < 0 || Math.Max(left, right) >= bytes.Count
                || !seen.Add((left, right)))
                throw new DataException($"{path}: merge {i} is no new pair of earlier tokens: the file is damaged; "
                    + "prepare the data again.");
            bytes.Add(bytes[left] + bytes[right]);
            all += bytes[^1];
            if (all > MaxTokenBytes)
                throw new DataException($"{path}: merge {i} makes its tokens longer than any text's: the file is "
                    + "damaged; prepare the data again.");
        }
    }
}
