using ScalingLab.Data.Duplicates;

namespace ScalingLab.Data.Tests.Cleaning;

/// <summary>Copies among documents, exact and near, against plain counting.</summary>
public sealed class DuplicateSearchTests
{
    private static CopyGroups Find(IReadOnlyList<string> texts, double? near, int threads = 2,
        IReadOnlyList<string>? references = null, bool longest = false) =>
        DuplicateSearch.Find(texts, new() { Near = near, Threads = threads, KeepsLongest = longest }, default,
            references);

    private static List<int> Kept(CopyGroups groups) =>
        [.. Enumerable.Range(0, groups.Documents).Where(groups.IsKept)];

    /// <summary>Different words, as many as are asked for.</summary>
    internal static List<string> Words(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => $"w{random.Next(100_000)}")];
    }

    /// <summary>Texts of which some are earlier ones with words changed.</summary>
    private static List<string> EditedTexts(int count)
    {
        var random = new Random(5);
        var texts = new List<List<string>>();
        for (var i = 0; i < count; i++)
        {
            var copies = i > 10 && random.Next(2) == 0;
            var words = copies ? new List<string>(texts[random.Next(texts.Count)])
                : Words(1000 + i, 40 + random.Next(60));
            var edits = copies ? random.Next(6) : 0;
            for (var edit = 0; edit < edits; edit++) words[random.Next(words.Count)] = $"e{random.Next(100_000)}";
            texts.Add(words);
        }
        return [.. texts.Select(words => string.Join(' ', words))];
    }

    [Fact]
    public void Texts_are_compared_composed_in_lower_case_and_without_regard_to_white_space()
    {
        Assert.Equal("café au lait", NormalizedText.From(" Cafe\u0301\r\n\t AU  lait\uFEFF"));
        Assert.Equal("\uD55C x", NormalizedText.From("\u1112\u1161\u11AB X"));
        Assert.Equal("\u00E5", NormalizedText.From("\u212B"));
        Assert.Equal("", NormalizedText.From(" \n\u3000"));
        Assert.Equal("“x” — y", NormalizedText.From("“X” —\u2003y"));
    }

    [Fact]
    public void Words_are_letters_in_a_row_and_single_letters_where_a_script_has_no_blanks()
    {
        static string[] Split(string text) => [.. Duplicates.Words.Split(text).Select(word => text[word])];
        Assert.Equal(["don", "t", "stop", "42"], Split("don't -- stop, 42."));
        Assert.Equal(["kwa", "bei", "ya", "東", "京", "へ", "x"], Split("kwa bei ya 東京へ x"));
        Assert.Equal(["हिन्दी", "\U00020000"], Split("हिन्दी \U00020000"));
    }

    [Fact]
    public void Exact_copies_go_and_the_first_stays()
    {
        var groups = Find(["One text.", "Other", "one  TEXT.\r\n", "One text", "other"], null);
        Assert.Equal([0, 1, 3], Kept(groups));
        Assert.Equal(CopyKind.Exact, groups.Kind(2));
        Assert.Equal((0, 1), (groups.KeptPlace(2), groups.KeptPlace(4)));
        Assert.Equal((2, 2), (groups.Groups, groups.Largest));
    }

    [Fact]
    public void A_search_without_texts_finds_nothing()
    {
        var groups = Find([], 0.8);
        Assert.Equal((0, 0, 1), (groups.Documents, groups.Groups, groups.Largest));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.9)]
    public void Near_copies_are_those_that_comparing_every_pair_joins(double threshold)
    {
        var texts = EditedTexts(300);
        List<HashSet<string>> sets = [.. texts.Select(text =>
        {
            var words = text.Split(' ');
            return Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)])).ToHashSet();
        })];
        int[] groups = [.. Enumerable.Range(0, texts.Count)];
        var near = new List<(int, int)>();
        for (var i = 0; i < texts.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var both = sets[i].Count(sets[j].Contains);
                if ((double)both / (sets[i].Count + sets[j].Count - both) < threshold) continue;
                near.Add((j, i));
                var (low, high) = (Math.Min(groups[i], groups[j]), Math.Max(groups[i], groups[j]));
                for (var k = 0; k <= i; k++) if (groups[k] == high) groups[k] = low;
            }
        }
        var found = Find(texts, threshold);
        List<int> expected = [.. Enumerable.Range(0, texts.Count).Where(i => groups[i] == i)];
        // A pair near the threshold may be missed by chance, so at least that share is found; none is found wrongly.
        Assert.Empty(expected.Except(Kept(found)));
        var missed = Kept(found).Count - expected.Count;
        Assert.InRange(missed, 0, (int)Math.Ceiling((1 - LshBands.LeastRecall) * near.Count));
        Assert.True(expected.Count < texts.Count - 10, "the texts hold no copies to be found");
        Assert.All(found.Pairs, pair => Assert.Contains((pair.First, pair.Second), near));
    }

    [Fact]
    public void The_result_is_the_same_whatever_the_number_of_threads()
    {
        var texts = EditedTexts(1500);
        var (one, four) = (Find(texts, 0.7, threads: 1), Find(texts, 0.7, threads: 4));
        Assert.Equal(one.Pairs, four.Pairs);
        Assert.Equal(Kept(one), Kept(four));
    }

    [Fact]
    public void What_stands_in_the_reference_text_goes_and_the_reference_text_is_not_counted()
    {
        var texts = EditedTexts(40);
        var edited = texts[3].Split(' ');
        edited[7] = "changed";
        var groups = Find([.. texts.Take(5), "new text of its own"], 0.7, references: [string.Join(' ', edited), "x"]);
        Assert.Equal(6, groups.Documents);
        Assert.Equal((CopyKind.Near, -2), (groups.Kind(3), groups.KeptPlace(3)));
        Assert.DoesNotContain(3, Kept(groups));
        Assert.Contains(5, Kept(groups));
    }

    [Fact]
    public void The_longest_of_a_group_is_kept_where_that_is_asked_for()
    {
        var words = Words(1, 50);
        var (text, longer) = (string.Join(' ', words), string.Join(' ', words.Append("end")));
        Assert.Equal([0], Kept(Find([text, longer, longer], 0.8)));
        Assert.Equal([1], Kept(Find([text, longer, longer], 0.8, longest: true)));
    }

    [Fact]
    public void Signatures_agree_with_the_probability_of_the_similarity()
    {
        var minHash = new MinHash(1024);
        var random = new Random(2);
        foreach (var both in (int[])[0, 100, 300, 500])
        {
            ulong[] shared = [.. Enumerable.Range(0, both).Select(_ => (ulong)random.NextInt64())];
            ulong[][] sets = [.. Enumerable.Range(0, 2).Select(_ =>
                (ulong[])[.. shared, .. Enumerable.Range(0, 500 - both).Select(_ => (ulong)random.NextInt64())])];
            var signatures = sets.Select(set =>
            {
                var signature = new uint[1024];
                minHash.Sign(set, signature);
                return signature;
            }).ToList();
            var agree = signatures[0].Zip(signatures[1]).Count(pair => pair.First == pair.Second) / 1024.0;
            var similarity = (double)both / (1000 - both);
            Assert.InRange(agree, similarity - 0.06, similarity + 0.06);
        }
    }

    [Theory]
    [InlineData(0.5, 42, 3)]
    [InlineData(0.7, 25, 5)]
    [InlineData(0.8, 18, 7)]
    [InlineData(1.0, 8, 16)]
    public void Bands_are_as_strict_as_the_threshold_allows(double threshold, int bands, int rows)
    {
        var chosen = LshBands.For(threshold, 128);
        Assert.Equal(new LshBands(bands, rows), chosen);
        Assert.True(chosen.Probability(threshold) >= LshBands.LeastRecall);
    }

    [Fact]
    public void A_paragraph_that_stood_earlier_is_taken_out_and_short_lines_stay()
    {
        var filter = new ParagraphFilter();
        const string Repeated = "Subscribe to our newsletter today!";
        var first = $"Some news of the day, at length.\n{Repeated}\n}}\n";
        Assert.Same(first, filter.Apply(first));
        Assert.Equal("Other news, of another day.\n}\n",
            filter.Apply($"Other news, of another day.\n{Repeated.ToUpperInvariant()} \n}}\n"));
        Assert.Equal((4, 1), (filter.Compared, filter.Removed));
    }
}
