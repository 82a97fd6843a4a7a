using System.Security.Cryptography;
using System.Text.Json;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Markup;
using ScalingLab.Data.Surveys;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// manifest.json of a prepared folder: program, settings, and of each source what came of it, every file that was read
/// with its SHA-256 as it lay there, and every file that was left out with its reason. No path, no time: the same
/// files give the same manifest on every machine.</summary>
internal sealed class PreparationManifest(DataRequest request, IReadOnlyList<CorpusListing> listings,
    CancellationToken cancel)
{
    public const string FileName = "manifest.json";

    /// <summary>Reads every file once, by all cores.</summary>
    /// <param name="folder">Takes the manifest.</param>
    /// <param name="data">What came of it.</param>
    /// <exception cref="DataException">A file cannot be read any more.</exception>
    public void Write(string folder, PreparedData data)
    {
        using var file = File.Create(Path.Combine(folder, FileName));
        using var json = new Utf8JsonWriter(file, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("program", $"ScalingLab {typeof(PreparationManifest).Assembly.GetName().Version}");
        json.WriteNumber("version", DataFile.CurrentVersion);
        json.WriteNumber("heldOutFraction", request.HeldOutFraction);
        if (request.Deduplicate is not null) json.WriteString("deduplicate", request.CopyRule);
        json.WriteStartObject("tokenizer");
        json.WriteString("kind", request.Tokenizer.Kind);
        json.WriteNumber("vocabulary", data.Vocabulary);
        json.WriteString("hash", data.TokenizerHash);
        json.WriteEndObject();
        json.WriteStartArray("sources");
        for (var i = 0; i < listings.Count; i++) Write(json, request.Sources[i], listings[i], data.Sources[i]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, SourceRequest source, CorpusListing listing, PreparedSource prepared)
    {
        json.WriteStartObject();
        json.WriteString("name", source.Name);
        json.WriteString("corpus", source.Corpus.Kind);
        json.WriteString("fieldOrColumn", source.Corpus.FieldOrColumn);
        json.WriteString("strip", source.Corpus.Strip == MarkupKind.None ? "" : $"{source.Corpus.Strip}");
        json.WriteNumber("weight", source.Weight);
        json.WriteString("corpusHash", prepared.CorpusHash);
        json.WriteNumber("documents", prepared.Report.Documents);
        json.WriteNumber("copies", prepared.Report.Copies);
        json.WriteNumber("bytes", prepared.Report.Bytes);
        json.WriteNumber("trainTokens", prepared.TrainTokens);
        json.WriteNumber("validationTokens", prepared.ValidationTokens);
        json.WriteStartArray("files");
        foreach (var (file, hash) in OrderedWork.Run(listing.Files, _ => 0, file => (file, HashOf(file)), cancel))
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("sha256", hash);
            json.WriteEndObject();
            if (json.BytesPending > 1 << 16) json.Flush();
        }
        json.WriteEndArray();
        json.WriteStartArray("leftOut");
        foreach (var skipped in listing.Skipped)
        {
            json.WriteStartObject();
            json.WriteString("name", skipped.Name);
            json.WriteString("reason", skipped.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private string HashOf(CorpusFile file)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            using var stream = InputFile.Open(file.Path, FileKind.Records);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception refused) when (CorpusFiles.IsReadError(refused))
        {
            throw new DataException($"{file.Path}: {CorpusFiles.Describe(file.Path, refused)}", refused);
        }
    }
}
