namespace ScalingLab.Data.Datasets;

/// <summary>
/// Prepared data by what they hold: on a disk that machines share they are found by those that have not the text
/// itself.
/// </summary>
public static class PreparedFolders
{
    /// <summary>
    /// Looks in a state folder for whole data of that text, tokenizer and split; null where there are none.
    /// </summary>
    /// <param name="stateFolder">The folder that <see cref="DataPreparation.Prepare"/> was given.</param>
    /// <param name="corpusHash">SHA-256 of the text.</param>
    /// <param name="tokenizerHash">SHA-256 of the tokenizer.</param>
    /// <param name="heldOut">Share held out for validation.</param>
    public static PreparedData? Find(string stateFolder, string corpusHash, string tokenizerHash, double heldOut)
    {
        var parent = Path.Combine(Path.GetFullPath(stateFolder), "data");
        if (!Directory.Exists(parent)) return null;
        foreach (var folder in Directory.EnumerateDirectories(parent).Where(f => Path.GetFileName(f)[0] != '.')
            .Order(StringComparer.Ordinal))
        {
            try
            {
                var file = DataFile.Read(folder);
                if (file.Data.CorpusHash == corpusHash && file.Data.TokenizerHash == tokenizerHash
                    && file.HeldOutFraction.Equals(heldOut))
                    return PreparedData.Load(folder);
            }
            catch (DataException)
            {
                // Damaged, or of another version: as good as not there.
            }
        }
        return null;
    }
}
