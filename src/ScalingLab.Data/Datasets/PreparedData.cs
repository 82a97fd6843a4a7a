using System.Text.Json;
using System.Text.Json.Serialization;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Datasets;

/// <summary>One source of prepared data.</summary>
/// <param name="Name">Its name in the mixture; empty where it is the only one.</param>
/// <param name="CorpusHash">SHA-256 over the names and texts of its documents; where texts repeat another's but for
/// white space, also over the rule that they are split and counted by, since the same texts were split by other rules
/// before.</param>
/// <param name="TrainTokens">Ends of documents included, as in ValidationTokens.</param>
/// <param name="UniqueTrainTokens">Those of texts that are no copies: the first ones of its training shard.</param>
/// <param name="TrainBytes">UTF-8 bytes of its training text.</param>
public sealed record PreparedSource(
    string Name, string CorpusHash, long TrainTokens, long UniqueTrainTokens, long ValidationTokens, long TrainBytes,
    long ValidationBytes,
    CorpusReport Report);

/// <summary>
/// Text made ready for training: a folder with train.tokens, validation.tokens (of a mixture NAME.train.tokens and
/// NAME.validation.tokens of each source), tokenizer.json and tokenizer.tiktoken (the same
/// tokenizer for other programs) and data.json.</summary>
/// <param name="CorpusHash">That of the source; of a mixture SHA-256 over its sources' names and hashes.</param>
/// <param name="TokenizerHash">SHA-256 of the tokenizer, which is trained on the training text alone.</param>
/// <param name="TrainTokens">Of all sources, ends of documents included, as in ValidationTokens.</param>
/// <param name="UniqueTrainTokens">Of all sources, those of texts that are no copies.</param>
/// <param name="TrainBytes">UTF-8 bytes of the training text.</param>
public sealed record PreparedData(
    string Folder, string CorpusHash, string TokenizerHash, int Vocabulary, long TrainTokens, long UniqueTrainTokens,
    long ValidationTokens,
    long TrainBytes, long ValidationBytes, CorpusReport Report)
{
    /// <summary>The sources of a mixture, in its order; null for a corpus alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PreparedSource>? Mixture { get; init; }

    /// <summary>The source that the tokens are drawn from, with no folder; null: they are a text's.</summary>
    [JsonIgnore]
    public TeacherSpec? Teacher { get; init; }

    /// <summary>Whether it was prepared just now, and not found.</summary>
    [JsonIgnore]
    public bool IsNew { get; init; }

    /// <summary>The sources: of a corpus alone that one, without a name.</summary>
    [JsonIgnore]
    public IReadOnlyList<PreparedSource> Sources =>
        Mixture ?? [
            new PreparedSource("", CorpusHash, TrainTokens, UniqueTrainTokens, ValidationTokens, TrainBytes,
                ValidationBytes, Report)];

    /// <summary>The training text of a corpus alone.</summary>
    public TokenShard OpenTrain(bool checkTokens = true) => OpenTrain(Sources[0], checkTokens);

    /// <summary>The training text of a source.</summary>
    public TokenShard OpenTrain(PreparedSource source, bool checkTokens = true) =>
        TokenShard.Open(Path.Combine(Folder, TrainFile(source.Name)), checkTokens);

    /// <summary>The validation text of a corpus alone.</summary>
    public TokenShard OpenValidation(bool checkTokens = true) => OpenValidation(Sources[0], checkTokens);

    /// <summary>The validation text of a source.</summary>
    public TokenShard OpenValidation(PreparedSource source, bool checkTokens = true) =>
        TokenShard.Open(Path.Combine(Folder, ValidationFile(source.Name)), checkTokens);

    public Tokenizer LoadTokenizer() => TokenizerFiles.Load(Path.Combine(Folder, TokenizerFiles.HuggingFaceName));

    /// <summary>Tokens without end: nothing is prepared, and nothing is read from a disk.</summary>
    public static PreparedData Of(TeacherSpec teacher) => new(
        Folder: "", teacher.Hash, teacher.Hash, teacher.Vocabulary, long.MaxValue, long.MaxValue, long.MaxValue, 0, 0,
        new CorpusReport(0, 0, 0, 0, 0, 0, new HeldOutOverlap(0, 0), [])) { Teacher = teacher };

    /// <summary>What a run reads: its teacher's tokens, or the prepared folder.</summary>
    /// <exception cref="DataException">As <see cref="Load(string, bool)"/>.</exception>
    public static PreparedData Load(DataIdentity data, string folder) =>
        data.Teacher is { } teacher ? Of(teacher) : Load(folder);

    /// <summary>Opens a prepared folder and checks that its files are whole and belong together.</summary>
    /// <param name="checkTokens">
    /// False skips the checksums of the tokens, which read both files once; a machine does so once as long as they are
    /// not written.
    /// </param>
    /// <exception cref="DataException">Lists every file that is missing, damaged or of other data.</exception>
    public static PreparedData Load(string folder, bool checkTokens = true)
    {
        var data = DataFile.Read(folder).Data with { Folder = folder };
        var problems = new List<string>();
        foreach (var source in data.Sources)
        {
            Collect(problems, () => data.CheckShard(
                OpenChecked(check => data.OpenTrain(source, check), checkTokens), source,
                (source.TrainTokens, source.TrainBytes), problems));
            Collect(problems, () => data.CheckShard(
                OpenChecked(check => data.OpenValidation(source, check), checkTokens), source,
                (source.ValidationTokens, source.ValidationBytes), problems));
        }
        Collect(problems, () =>
        {
            if (data.LoadTokenizer().Hash != data.TokenizerHash)
                problems.Add($"{folder}: {TokenizerFiles.HuggingFaceName} is not the one data.json names.");
        });
        return problems.Count == 0 ? data : throw new DataException(problems);
    }

    internal static string TrainFile(string source) => source.Length == 0 ? "train.tokens" : $"{source}.train.tokens";

    internal static string ValidationFile(string source) =>
        source.Length == 0 ? "validation.tokens" : $"{source}.validation.tokens";

    internal static PreparedData FromSource(PreparedSource only, string folder, Tokenizer tokenizer) => new(
        folder, only.CorpusHash, tokenizer.Hash, tokenizer.Vocabulary, only.TrainTokens, only.UniqueTrainTokens,
        only.ValidationTokens, only.TrainBytes,
        only.ValidationBytes, only.Report);

    private static TokenShard OpenChecked(Func<bool, TokenShard> open, bool check)
    {
        var shard = open(false);
        if (!check || ShardStamp.Holds(shard.Path, shard.TokensHash)) return shard;
        shard.Dispose();
        shard = open(true);
        ShardStamp.Leave(shard.Path, shard.TokensHash);
        return shard;
    }

    private void CheckShard(TokenShard shard, PreparedSource source, (long Tokens, long Bytes) says,
        List<string> problems)
    {
        using (shard)
        {
            if (shard.CorpusHash != source.CorpusHash)
                problems.Add($"{shard.Path}: made from another corpus than data.json names.");
            if (shard.TokenizerHash != TokenizerHash)
                problems.Add($"{shard.Path}: made with another tokenizer than data.json names.");
            if (shard.Vocabulary != Vocabulary)
                problems.Add($"{shard.Path}: vocabulary {shard.Vocabulary}; data.json says {Vocabulary}.");
            if (source.UniqueTrainTokens > source.TrainTokens)
                problems.Add($"{shard.Path}: data.json says that it has more unique tokens than tokens.");
            if ((shard.Tokens, shard.TextBytes) != says)
                problems.Add($"{shard.Path}: {shard.Tokens} tokens of {shard.TextBytes} bytes; data.json says "
                    + $"{says.Tokens} of {says.Bytes}.");
        }
    }

    private static void Collect(List<string> problems, Action check)
    {
        try
        {
            check();
        }
        catch (DataException found)
        {
            problems.AddRange(found.Problems);
        }
    }
}

/// <summary>
/// data.json: what was asked for and what came of it. The folder's own path is not in it, so that it can be moved.
/// </summary>
internal sealed record DataFile(int Version, string Corpus, TokenizerRequest Tokenizer, double HeldOutFraction,
    PreparedData Data)
{
    /// <summary>Raised whenever the same files would be prepared differently.</summary>
    public const int CurrentVersion = 3;

    private const string Name = "data.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public void Write(string folder) =>
        File.WriteAllText(Path.Combine(folder, Name),
            JsonSerializer.Serialize(this with { Data = Data with { Folder = "." } }, Json));

    /// <exception cref="DataException">Missing, unreadable, or of another version.</exception>
    public static DataFile Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            var file = JsonSerializer.Deserialize<DataFile>(InputFile.OpenText(path, FileKind.Prepared), Json);
            if (file is { Version: CurrentVersion } && file.Data.Mixture?.Any(source => source is null) == true)
                throw new JsonException("a source of the mixture is null.");
            return file is { Version: CurrentVersion } ? file
                : throw new DataException(
                    $"{path}: version {file?.Version}; this program reads version "
                        + $"{CurrentVersion}: prepare the data again.");
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {damaged.Message} Prepare the data again.", damaged);
        }
    }
}
