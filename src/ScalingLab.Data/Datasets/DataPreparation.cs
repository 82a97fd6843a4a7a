using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Datasets;

/// <summary>
/// Text to token shards, once: the result is kept in the state folder and found again while the files are unchanged.
/// </summary>
public static class DataPreparation
{
    /// <summary>
    /// Prepares what is asked for, or finds it prepared. The work is done in a folder of its own and renamed into place
    /// when whole: after a process that died the next one goes on there, and two at once do not disturb each other.
    /// </summary>
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
    /// Removes what preparations of this process have made so far, where nothing could go on from it: for who ends the
    /// process while one is at work on a long document, and would leave its folder there.</summary>
    public static void RemoveUnfinished() => WorkFolder.RemoveUnfinished();

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
        try
        {
            using var work = WorkFolder.Take(parent, Path.GetFileName(folder));
            if (work.IsResumed) log?.Report($"Going on with what an earlier process prepared in {work.Path}.");
            try
            {
                new PreparationPipeline(request, listings, work.Path, log, cancel).Run();
            }
            catch (OperationCanceledException)
            {
                work.Keep();
                throw;
            }
            work.Finish();
            return Publish(work.Path, folder) with { IsNew = true };
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{parent}: the prepared data cannot be written: {refused.Message}", refused);
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
        WorkFolder.Unlock(folder);
        return PreparedData.Load(folder);
    }
}
