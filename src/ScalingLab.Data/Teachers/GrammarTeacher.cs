using ScalingLab.Data.Shards;
using ScalingLab.Runs;

namespace ScalingLab.Data.Teachers;

/// <summary>
/// Sentences of a probabilistic context-free grammar, one after another. Each rule is A -> a, A -> a B or A -> a B C,
/// and the rules of a nonterminal begin with different tokens: a simple deterministic grammar (Korenjak and Hopcroft
/// 1966), in which who has read a sentence so far knows what stands on the stack. So the next token has the entropy of
/// the rules of the uppermost nonterminal, and their probabilities follow Zipf's law for every nonterminal: the entropy
/// is the same at every position, and exact. The rules in the order of their ranks have 1, 0, 2, 1, 0, 2, ... children,
/// so that a sentence has an end.
/// </summary>
internal sealed class GrammarTeacher : Teacher
{
    private static readonly int[] ChildrenOfRank = [1, 0, 2];

    private readonly int _nonterminals;
    private readonly int _rules;
    private readonly ZipfDistribution _ranks;
    private readonly FeistelPermutation _permutation;

    public GrammarTeacher(TeacherSpec spec) : base(spec)
    {
        (_nonterminals, _rules) = (spec.Nonterminals!.Value, spec.Rules!.Value);
        _ranks = new(_rules, spec.Exponent);
        _permutation = new(spec.Vocabulary);
    }

    /// <inheritdoc/>
    public override void Draw(ulong stream, long sequence, Span<long> tokens)
    {
        var (random, stack) = (new SequenceRandom(stream, sequence), new Stack<int>());
        for (var i = 0; i < tokens.Length; i++)
        {
            var top = stack.TryPop(out var nonterminal) ? nonterminal : 0;
            var rank = _ranks.Draw(random.Next());
            tokens[i] = _permutation.Forward(rank, RulesKey(top));
            Push(stack, top, rank);
        }
    }

    /// <inheritdoc/>
    public override double Cost(ReadOnlySpan<long> tokens)
    {
        var (cost, stack) = (0.0, new Stack<int>());
        for (var i = 0; i < tokens.Length; i++)
        {
            var top = stack.TryPop(out var nonterminal) ? nonterminal : 0;
            var rank = _permutation.Inverse(tokens[i], RulesKey(top));
            if (rank >= _rules) return double.PositiveInfinity; // no sentence
            if (i > 0) cost += _ranks.Cost(rank);
            Push(stack, top, rank);
        }

        return cost;
    }

    private protected override double? ExactEntropy(int context) => _ranks.Entropy;

    private ulong RulesKey(int nonterminal) => FeistelPermutation.Mix(Key, (ulong)nonterminal);

    /// <summary>Puts a rule's children on the stack, the last first.</summary>
    private void Push(Stack<int> stack, int nonterminal, long rank)
    {
        var children = ChildrenOfRank[rank % ChildrenOfRank.Length];
        var rule = FeistelPermutation.Mix(RulesKey(nonterminal), (ulong)rank);
        for (var child = children; child > 0; child--)
            stack.Push((int)(FeistelPermutation.Mix(rule, (ulong)child) % (ulong)_nonterminals));
    }
}
