using System.Text;
using ScalingLab.Evaluation.Metrics;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Results;

/// <summary>Tasks that are scored by how likely a model finds their texts.</summary>
public static class LikelihoodScores
{
    /// <summary>
    /// Multiple choice: acc takes the likeliest choice; acc_norm the likeliest by character, acc_bytes by UTF-8 byte,
    /// as lm-evaluation-harness defines them. Of equals the first.
    /// </summary>
    /// <param name="documents">The questions.</param>
    /// <param name="answers">Of each the log-likelihoods of its choices.</param>
    public static (IReadOnlyList<Metric> Metrics, IReadOnlyList<DocumentScore> Scores) OfChoices(
        IReadOnlyList<ChoiceDocument> documents, IReadOnlyList<LikelihoodAnswer> answers)
    {
        List<DocumentScore> scores = [.. documents.Zip(answers, (document, answer) =>
        {
            bool IsRight(Func<string, double> length) => document.Gold == Likeliest(
                answer.LogLikelihoods.Zip(document.Choices, (sum, choice) => sum / length(choice)));
            return new DocumentScore(document.Line)
            {
                LogLikelihoods = answer.LogLikelihoods,
                Gold = document.Gold,
                Acc = IsRight(_ => 1),
                AccNorm = IsRight(choice => choice.EnumerateRunes().Count()),
                AccBytes = IsRight(choice => Encoding.UTF8.GetByteCount(choice)),
            };
        })];
        var (guess, range) = Proportion.Guessing([.. documents.Select(d => d.Choices.Count)]);
        var majority = (double)documents.CountBy(d => d.Gold).Max(place => place.Value) / documents.Count;
        Metric Share(string name, Func<DocumentScore, bool?> isRight) =>
            ShareOf(name, scores.Count(s => isRight(s) == true), scores.Count) with { Guess = guess,
                GuessRange = range, Majority = majority };
        return ([Share("acc", s => s.Acc), Share("acc_norm", s => s.AccNorm), Share("acc_bytes", s => s.AccBytes)],
            scores);
    }

    /// <summary>
    /// Continuations such as LAMBADA's last word: acc is the share whose every token is the likeliest, perplexity
    /// exp(-mean log-likelihood) of whole continuations, as lm-evaluation-harness defines them.
    /// </summary>
    /// <param name="documents">The texts.</param>
    /// <param name="answers">Of each the log-likelihood of its continuation.</param>
    public static (IReadOnlyList<Metric> Metrics, IReadOnlyList<DocumentScore> Scores) OfCompletions(
        IReadOnlyList<CompletionDocument> documents, IReadOnlyList<LikelihoodAnswer> answers)
    {
        List<DocumentScore> scores = [.. documents.Zip(answers, (document, answer) => new DocumentScore(document.Line)
        {
            LogLikelihoods = answer.LogLikelihoods,
            Acc = answer.Greedy[0],
        })];
        double[] sums = [.. answers.Select(a => a.LogLikelihoods[0])];
        var perplexity = new Metric("perplexity", Math.Exp(-sums.Average()),
            Bootstrap.Interval(sums.Length, drawn => Math.Exp(-drawn.Average(i => sums[i]))));
        return ([ShareOf("acc", scores.Count(s => s.Acc == true), scores.Count), perplexity], scores);
    }

    /// <summary>A share with Wilson's interval.</summary>
    internal static Metric ShareOf(string name, int right, int all) =>
        new(name, (double)right / all, Proportion.Wilson(right, all));

    private static int Likeliest(IEnumerable<double> values) => values.Index().MaxBy(v => v.Item).Index;
}
