using System.Security.Cryptography;
using System.Text;

namespace ScalingLab.Data.Cleaning;

/// <summary>
/// Which documents come first when they are ordered by the hash of their text, as a run's unique tokens are: a fair
/// sample, and a smaller one is part of every larger one. A text that stands twice is taken once. Memory: 16 bytes a
/// document.
/// </summary>
internal static class HashOrder
{
    /// <summary>Marks the first documents whose sizes together are at most so much.</summary>
    /// <param name="walk">The text; read once.</param>
    /// <param name="sizeOf">What a document counts.</param>
    /// <param name="most">What all may count together.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <param name="earlier">Keys of texts that are not to be taken again; those of this text are added.</param>
    /// <returns>Which documents, by their places; what all different texts that are not
    /// among the earlier ones would have counted.</returns>
    public static (bool[] IsTaken, long Available) First(RecordWalk walk, Func<string, long> sizeOf, long most,
        CancellationToken cancel, HashSet<ulong>? earlier = null)
    {
        var (keys, sizes) = (new List<ulong>(), new List<long>());
        foreach (var text in walk.Texts(cancel))
        {
            keys.Add(ContentHash.SortKey(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
            sizes.Add(sizeOf(text));
        }
        int[] order = [.. Enumerable.Range(0, keys.Count).OrderBy(place => keys[place])];
        var (isTaken, taken, available, isFull) = (new bool[keys.Count], 0L, 0L, false);
        for (var i = 0; i < order.Length; i++)
        {
            var place = order[i];
            if (i > 0 && keys[order[i - 1]] == keys[place]) continue;
            if (earlier?.Add(keys[place]) == false) continue;
            available += sizes[place];
            isFull |= taken + sizes[place] > most;
            if (isFull) continue;
            isTaken[place] = true;
            taken += sizes[place];
        }
        return (isTaken, available);
    }
}
