using System.Text.Json;

namespace ScalingLab.Data;

/// <summary>tokenizer.json. Merges are pairs of token numbers; the i-th makes token 256 + i.</summary>
internal sealed record TokenizerFile(string Kind, int Version, int Vocabulary, string Hash, int[][] Merges)
{
    public const int CurrentVersion = 1;

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="DataException">What the file says cannot be a tokenizer, or is not what it was when it was saved.</exception>
    public Tokenizer ToTokenizer(string path)
    {
        if (Version != CurrentVersion)
        {
            throw new DataException(
                $"{path}: tokenizer version {Version}; this program reads version {CurrentVersion}: prepare the data again.");
        }
        for (var i = 0; i < Merges.Length; i++)
        {
            if (Merges[i] is not [var left, var right] || left < 0 || right < 0 || Math.Max(left, right) >= ByteTokenizer.ByteValues + i)
                throw new DataException($"{path}: merge {i} is no pair of earlier tokens: the file is damaged; prepare the data again.");
        }
        Tokenizer tokenizer = Kind switch
        {
            "bytes" => new ByteTokenizer(),
            "bpe" => new BpeTokenizer([.. Merges.Select(pair => (pair[0], pair[1]))]),
            _ => throw new DataException($"{path}: unknown tokenizer kind '{Kind}'; known are bytes and bpe."),
        };
        if (tokenizer.Hash != Hash || tokenizer.Vocabulary != Vocabulary)
            throw new DataException($"{path}: the content does not fit its own hash: the file is damaged; prepare the data again.");
        return tokenizer;
    }
}
