using System.Collections.Concurrent;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// Text to token shards, once: the result is kept in the state folder and found again while the files are unchanged.
/// </summary>
public static class DataPreparation
{
    /// <summary>
    /// Work folders of processes that were killed; one still in use is written to more often than this.
    /// </summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    /// <summary>Work folders of this process.</summary>
    private static readonly ConcurrentDictionary<string, bool> WorkFolders = new();

    /// <summary>
    /// Prepares what is asked for, or finds it prepared. The work is done in a folder of its own and renamed into place
    /// when whole: a process that dies leaves nothing half made, and two at once do not disturb each other.</summary>
    /// <param name="stateFolder">The result is in its subfolder data/KEY.</param>
    /// <param name="log">Receives a sentence for each stage.</param>
    /// <exception cref="DataException">Lists every problem of the request and of the files.</exception>
    public static PreparedData Prepare(DataRequest request, string stateFolder, IProgress<string>? log,
        CancellationToken cancel)
    {
        var listings = request.Check();
        return Find(request, listings, stateFolder, log, cancel).WithListingNotes(request, listings);
    }

    /// <summary>
    /// Removes what preparations of this process have made so far: for who ends the process while one is at work on a
    /// long document, and would leave its folder there.</summary>
    public static void RemoveUnfinished()
    {
        foreach (var folder in WorkFolders.Keys)
        {
            try
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            }
            catch (Exception held) when (held is IOException or UnauthorizedAccessException)
            {
                // Just being written to: it is removed a day later, as those of killed processes are.
            }
        }
    }

    private static PreparedData Find(
        DataRequest request, IReadOnlyList<CorpusListing> listings, string stateFolder, IProgress<string>? log,
        CancellationToken cancel)
    {
        var parent = Path.Combine(Path.GetFullPath(stateFolder), "data");
        var folder = Path.Combine(parent, request.Key(listings));
        if (Directory.Exists(folder))
        {
            try
            {
                return PreparedData.Load(folder);
            }
            catch (DataException damaged)
            {
                log?.Report($"The prepared data in {folder} is damaged and is made again. {damaged.Message}");
            }
        }
        var work = Path.Combine(parent, $".{Path.GetFileName(folder)}.{Guid.NewGuid():N}");
        try
        {
            WorkFolders.TryAdd(work, true);
            Directory.CreateDirectory(work);
            RemoveAbandoned(parent);
            new PreparationPipeline(request, listings, work, log, cancel).Run();
            return Publish(work, folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{parent}: the prepared data cannot be written: {refused.Message}", refused);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
            WorkFolders.TryRemove(work, out _);
        }
    }

    /// <summary>
    /// What folders hold and do not give can change while the text stays: it is found anew each time, and stands before
    /// the other notes.
    /// </summary>
    private static PreparedData WithListingNotes(this PreparedData data, DataRequest request,
        IReadOnlyList<CorpusListing> listings)
    {
        var notes = request.Sources.Zip(listings, (source, listing) => SkippedFile.Notes(listing.Skipped)
            .Select(note => source.Name.Length > 0 ? $"{source.Name}: {note}" : note)).SelectMany(ofOne => ofOne);
        return data with { Report = data.Report with { Notes = [.. notes, .. data.Report.Notes] } };
    }

    private static void RemoveAbandoned(string parent)
    {
        foreach (var folder in new DirectoryInfo(parent).GetDirectories(".*"))
        {
            if (DateTimeOffset.UtcNow - folder.LastWriteTimeUtc > AbandonedAfter) folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Renames the finished folder into place. Where another process was quicker its result, which is the same, is
    /// taken; only a damaged one gives way.</summary>
    private static PreparedData Publish(string work, string folder)
    {
        if (Directory.Exists(folder))
        {
            try
            {
                return PreparedData.Load(folder);
            }
            catch (DataException)
            {
                var aside = work + ".damaged";
                Directory.Move(folder, aside);
                Directory.Delete(aside, recursive: true);
            }
        }
        try
        {
            Directory.Move(work, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process published between the look and the move.
        }
        return PreparedData.Load(folder);
    }
}
