using ScalingLab.Evaluation.Metrics;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Results;

/// <summary>Tasks that are scored by what a model writes.</summary>
public static class WrittenScores
{
    private const int RepeatedWords = 4;

    /// <summary>Answers to questions: exact match and F1.</summary>
    /// <param name="documents">The questions.</param>
    /// <param name="written">What the model wrote of each.</param>
    public static (IReadOnlyList<Metric> Metrics, IReadOnlyList<DocumentScore> Scores) OfAnswers(
        IReadOnlyList<AnswerDocument> documents, IReadOnlyList<string> written)
    {
        List<DocumentScore> scores = [.. documents.Zip(written, (document, text) => new DocumentScore(document.Line)
        {
            Text = text,
            References = document.Answers,
            ExactMatch = AnswerMatch.IsExact(text, document.Answers),
            F1 = AnswerMatch.F1(text, document.Answers),
        })];
        double[] f1 = [.. scores.Select(s => s.F1!.Value)];
        return (
            [LikelihoodScores.ShareOf("exact_match", scores.Count(s => s.ExactMatch == true), scores.Count),
                new Metric("f1", f1.Average(), Bootstrap.Interval(f1.Length, drawn => drawn.Average(i => f1[i])))],
            scores);
    }

    /// <summary>
    /// Continuations against the texts' own: BLEU, chrF and chrF++ of all together, how varied they are, and how varied
    /// the texts' own are (<c>reference_</c>).
    /// </summary>
    /// <param name="prompts">What the model read.</param>
    /// <param name="written">What it wrote.</param>
    /// <param name="own">How the texts go on.</param>
    public static (IReadOnlyList<Metric> Metrics, IReadOnlyList<DocumentScore> Scores) OfContinuations(
        IReadOnlyList<string> prompts, IReadOnlyList<string> written, IReadOnlyList<string> own)
    {
        List<DocumentScore> scores = [.. written.Select((text, i) => new DocumentScore(i + 1)
        {
            Prompt = prompts[i],
            Text = text,
            References = [own[i]],
            Bleu = Bleu.OfSentence(text, [own[i]]).Score,
            ChrF = ChrF.OfSentence(text, [own[i]]),
            Repetition = Diversity.Repetition(text, RepeatedWords),
        })];
        return ([.. Likeness(written, own), .. Variety("", written), .. Variety("reference_", own)], scores);
    }

    private static IEnumerable<Metric> Likeness(IReadOnlyList<string> written, IReadOnlyList<string> own)
    {
        var counted = written.Zip(own, (text, other) => Bleu.BleuStatistics.Of(text, [other])).ToList();
        double BleuOf(IReadOnlyList<int> drawn) => Bleu.Score(
            drawn.Aggregate(new Bleu.BleuStatistics(), (sum, i) => sum.Plus(counted[i]))).Score;
        yield return Whole("bleu", written.Count, BleuOf);
        foreach (var (name, words) in new[] { ("chrf", 0), ("chrf++", ChrF.PlusPlusWords) })
        {
            var runs = written.Zip(own, (text, other) => ChrF.Count(text, [other], words)).ToList();
            double ChrFOf(IReadOnlyList<int> drawn)
            {
                var sums = new long[runs[0].Length];
                foreach (var i in drawn) ChrF.Add(sums, runs[i]);
                return ChrF.Score(sums);
            }

            yield return Whole(name, written.Count, ChrFOf);
        }
    }

    private static Metric Whole(string name, int documents, Func<IReadOnlyList<int>, double> number) =>
        new(name, number([.. Enumerable.Range(0, documents)]), Bootstrap.Interval(documents, number));

    private static IEnumerable<Metric> Variety(string prefix, IReadOnlyList<string> texts)
    {
        foreach (var n in new[] { 1, 2, 3 })
        {
            if (Diversity.Distinct(texts, n) is { } distinct)
                yield return new Metric($"{prefix}distinct_{n}", distinct);
        }

        double[] repeated = [.. texts.Select(t => Diversity.Repetition(t, RepeatedWords)).OfType<double>()];
        if (repeated.Length > 0)
        {
            yield return new Metric($"{prefix}repetition_{RepeatedWords}", repeated.Average(),
                Bootstrap.Interval(repeated.Length, drawn => drawn.Average(i => repeated[i])));
        }
    }
}
