using System.Runtime.InteropServices;
using System.Text;
using System.Xml;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// The English reference documentation that every .NET SDK carries: XML files under
/// <c>packs/PACK/VERSION/ref/FRAMEWORK/</c>. The newest version of each pack is read, each file name once; a document
/// is a .NET type; a sentence that has stood anywhere before is dropped. Another SDK version has other text, hence
/// another content hash.
/// </summary>
/// <param name="SdkRoot">The folder that holds <c>packs</c>; null finds it from the running runtime, else from
/// DOTNET_ROOT.</param>
public sealed record DotnetDocs(string? SdkRoot = null) : CorpusSource
{
    public override string Kind => "dotnet-docs";

    public override CorpusListing List()
    {
        var tried = new List<string>();
        foreach (var root in SdkRoot is null ? LikelyRoots() : [SdkRoot])
        {
            var packs = Path.Combine(root, "packs");
            tried.Add(packs);
            if (!Directory.Exists(packs)) continue;
            var (files, skipped) =
                DistinctNames(Directory.GetDirectories(packs).Order(StringComparer.Ordinal).SelectMany(NewestVersion));
            if (files.Count == 0) continue;
            return new(files, skipped);
        }
        throw new DataException(
            $"The corpus dotnet-docs needs the reference documentation of a .NET SDK, and there is none in "
                + $"{string.Join(" or ", tried)}. " +
            "Install the .NET SDK (the runtime alone does not carry it), or set DOTNET_ROOT to the folder of one, " +
            "or name text files of your own as the corpus.");
    }

    private protected override Corpus ReadMarked(CorpusListing listing, CancellationToken cancel)
    {
        var types = new Dictionary<string, StringBuilder>();
        var sentences = new DistinctSentences();
        var skipped = new List<SkippedFile>();
        foreach (var file in listing.Files)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                foreach (var (type, text) in DocumentationFile.Members(file.Path))
                {
                    if (!types.TryGetValue(type, out var document)) types.Add(type, document = new());
                    sentences.AppendNew(text, document);
                }
            }
            catch (XmlException damaged)
            {
                skipped.Add(new(file.Name, $"what follows a fault of XML ({damaged.Message.TrimEnd('.')})"));
            }
            catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
            {
                throw new DataException($"{file.Path}: the file cannot be read: {refused.Message}", refused);
            }
        }
        var documents = types.Where(type => type.Value.Length > 0)
            .Select(type => new Document(type.Key, type.Value.ToString()))
            .OrderBy(document => ContentHash.ToNumber(document.Name)).ToList();
        return new(start => Slices(documents).Skip(start.File))
        {
            RepeatedSentences = sentences.Repeated,
            Skipped = skipped,
        };
    }

    private static IEnumerable<CorpusChunk> Slices(List<Document> documents)
    {
        var slice = 0;
        for (int first = 0, next; first < documents.Count; first = next)
        {
            var letters = 0L;
            for (next = first; next < documents.Count && letters < CorpusChunk.WantedBytes; next++)
                letters += documents[next].Text.Length;
            var ofOne = documents.GetRange(first, next - first);
            yield return new(new(slice++, 0), letters, () => new(ofOne, []));
        }
    }

    /// <summary>RUNTIME is ROOT/shared/Microsoft.NETCore.App/VERSION/.</summary>
    private static IEnumerable<string> LikelyRoots()
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        yield return Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
            yield return Path.GetFullPath(root);
    }

    /// <summary>Only files straight inside ref/FRAMEWORK: translations lie in folders below it.</summary>
    private static IEnumerable<CorpusFile> NewestVersion(string pack)
    {
        var newest = Directory.GetDirectories(pack)
            .MaxBy(folder => (VersionOf(folder), Path.GetFileName(folder)), ByVersion);
        var reference = newest is null ? null : Path.Combine(newest, "ref");
        if (!Directory.Exists(reference)) return [];
        return from framework in Directory.GetDirectories(reference).Order(StringComparer.Ordinal)
               from path in Directory.GetFiles(framework, "*.xml").Order(StringComparer.Ordinal)
               let file = new FileInfo(path)
               select new CorpusFile(file.Name, path, file.Length, file.LastWriteTimeUtc);
    }

    private static readonly Comparer<(Version, string)> ByVersion =
        Comparer<(Version Version, string Name)>.Create((a, b) =>
        a.Version.CompareTo(b.Version) is not 0 and var order ? order : string.CompareOrdinal(a.Name, b.Name));

    private static Version VersionOf(string folder) =>
        Version.TryParse(Path.GetFileName(folder).Split('-')[0], out var version) ? version : new Version(0, 0);

    private static (List<CorpusFile> Files, List<SkippedFile> Skipped) DistinctNames(IEnumerable<CorpusFile> all)
    {
        var found = all.ToList();
        var distinct = found.DistinctBy(file => file.Name, StringComparer.OrdinalIgnoreCase)
            .OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        return (distinct, [.. found.Except(distinct).Select(file => new SkippedFile(file.Name, "files that have the "
            + "name of one in another pack"))]);
    }
}
