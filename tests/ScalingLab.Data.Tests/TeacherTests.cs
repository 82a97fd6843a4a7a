using ScalingLab.Data.Batches;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Teachers;
using ScalingLab.Runs;

namespace ScalingLab.Data.Tests;

public sealed class TeacherTests
{
    private static TeacherSpec Spec(TeacherKind kind, int vocabulary, double exponent = 1) => new()
    {
        Kind = kind, Vocabulary = vocabulary, Exponent = exponent, Seed = 1,
        Order = kind is TeacherKind.ZipfNgram or TeacherKind.Text ? 2 : null,
        Backoff = kind is TeacherKind.ZipfNgram or TeacherKind.Text ? 0.3 : null,
        CopyProbability = kind is TeacherKind.Copying or TeacherKind.Text ? 0.3 : null,
        CopyLength = kind is TeacherKind.Copying or TeacherKind.Text ? 3 : null,
        Nonterminals = kind is TeacherKind.Grammar ? 3 : null,
        Rules = kind is TeacherKind.Grammar ? Math.Min(5, vocabulary) : null,
    };

    private static TeacherSpec Markov(int order, int vocabulary, double exponent, double backoff = 0) =>
        Spec(TeacherKind.ZipfNgram, vocabulary, exponent) with { Order = order, Backoff = backoff };

    public static TheoryData<TeacherKind> Kinds => [.. Enum.GetValues<TeacherKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_sequence_is_a_function_of_stream_and_number_and_comes_once(TeacherKind kind)
    {
        var spec = Spec(kind, 64);
        var (teacher, again) = (Teacher.Create(spec), Teacher.Create(spec));
        var seen = new HashSet<string>();
        foreach (var stream in (ulong[])[teacher.TrainingKey(1), teacher.TrainingKey(2), teacher.ValidationKey])
        {
            for (var sequence = 199; sequence >= 0; sequence--)
            {
                var tokens = Draw(teacher, stream, sequence, 65);
                Assert.Equal(tokens, Draw(again, stream, sequence, 65));
                Assert.Equal(tokens[..33], Draw(again, stream, sequence, 33));
                Assert.All(tokens, token => Assert.InRange(token, 0, 63));
                Assert.True(seen.Add(string.Join(' ', tokens)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Another_seed_is_another_source(TeacherKind kind)
    {
        var (one, other) = (Spec(kind, 64), Spec(kind, 64) with { Seed = 2 });
        Assert.NotEqual(one.Hash, other.Hash);
        Assert.NotEqual(Draw(Teacher.Create(one), 1, 0, 65), Draw(Teacher.Create(other), 1, 0, 65));
    }

    /// <summary>
    /// All sequences of five tokens out of three are counted, and their shares of those that begin alike held against
    /// what the ideal predictor gives them.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_ideal_predictor_gives_sequences_the_probabilities_that_they_are_drawn_with(TeacherKind kind)
    {
        const int length = 5, draws = 200_000;
        var teacher = Teacher.Create(Spec(kind, 3));
        var counts = new Dictionary<string, long>();
        var firsts = new long[3];
        for (var i = 0; i < draws; i++)
        {
            var tokens = Draw(teacher, 7, i, length);
            counts[string.Join(' ', tokens)] = counts.GetValueOrDefault(string.Join(' ', tokens)) + 1;
            firsts[tokens[0]]++;
        }

        double chiSquare = 0, all = 0;
        var cells = 0;
        for (var code = 0; code < 243; code++)
        {
            long[] tokens = [code % 3, code / 3 % 3, code / 9 % 3, code / 27 % 3, code / 81];
            var probability = Math.Exp(-teacher.Cost(tokens));
            all += probability;
            var expected = probability * firsts[tokens[0]];
            var counted = counts.GetValueOrDefault(string.Join(' ', tokens));
            if (expected == 0) Assert.Equal(0, counted);
            if (expected < 5) continue;
            chiSquare += (counted - expected) * (counted - expected) / expected;
            cells++;
        }

        Assert.Equal(firsts.Count(count => count > 0), all, 1e-9);
        // Its mean is the number of cells, its variance twice that: five deviations.
        Assert.InRange(chiSquare, cells - 3 - (5 * Math.Sqrt(2 * cells)), cells + (5 * Math.Sqrt(2 * cells)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void After_any_beginning_the_probabilities_of_all_tokens_add_up_to_one(TeacherKind kind)
    {
        var teacher = Teacher.Create(Spec(kind, 11));
        for (var sequence = 0; sequence < 20; sequence++)
        {
            var tokens = Draw(teacher, 5, sequence, 24);
            var before = teacher.Cost(tokens.AsSpan(0, 23));
            double sum = 0;
            for (tokens[23] = 0; tokens[23] < 11; tokens[23]++) sum += Math.Exp(before - teacher.Cost(tokens));
            Assert.Equal(1, sum, 1e-9);
        }
    }

    [Fact]
    public void Without_back_off_the_entropy_of_a_Markov_source_is_Zipfs_whatever_its_order()
    {
        double[] weights = [.. Enumerable.Range(1, 50).Select(rank => Math.Pow(rank, -1.2))];
        var zipf = weights.Sum(w => -(w / weights.Sum()) * Math.Log(w / weights.Sum()));
        foreach (var order in (int[])[0, 1, 3])
        {
            var entropy = Teacher.Create(Markov(order, 50, 1.2)).Entropy(32);
            Assert.Equal(zipf, entropy.Rate, 1e-12);
            Assert.Equal((entropy.Rate, entropy.Rate), (entropy.Lower, entropy.Upper));
        }

        Assert.Equal(Math.Log(40), Teacher.Create(Markov(1, 40, 0)).Entropy(32).Rate, 1e-12);
    }

    [Fact]
    public void Every_context_has_an_order_of_ranks_of_its_own()
    {
        var teacher = Teacher.Create(Markov(1, 50, 2));
        var likeliest = Enumerable.Range(0, 50).Select(before => Enumerable.Range(0, 50)
            .MinBy(token => teacher.Cost([before, token]))).ToList();
        Assert.InRange(likeliest.Distinct().Count(), 20, 45); // of 50 throws into 50 boxes 32 are met
    }

    public static TheoryData<TeacherSpec> Known =>
    [
        Markov(1, 30, 1.1), Markov(3, 30, 1.1), Markov(1, 30, 1.1, 0.4), Spec(TeacherKind.Grammar, 40),
        Spec(TeacherKind.Copying, 30), Spec(TeacherKind.Text, 30),
    ];

    /// <summary>The mean over sequences of another stream lies where the entropy's interval says.</summary>
    [Theory]
    [MemberData(nameof(Known))]
    public void The_ideal_predictor_scores_the_entropy(TeacherSpec spec)
    {
        var teacher = Teacher.Create(spec);
        var known = teacher.Entropy(48);
        double[] costs =
            [.. Enumerable.Range(0, 4000).Select(i => teacher.Cost(Draw(teacher, teacher.ValidationKey, i, 49)) / 48)];
        var deviation = Math.Sqrt(costs.Sum(c => Math.Pow(c - costs.Average(), 2)) / (costs.Length - 1));
        var slack = (4 * deviation / Math.Sqrt(costs.Length)) + (known.Upper - known.Lower);
        Assert.InRange(costs.Average(), known.Rate - slack, known.Rate + slack);
        Assert.InRange(known.Upper - known.Lower, 0, 0.02);
    }

    [Fact]
    public void A_back_off_mixes_the_orders_and_copying_lowers_the_entropy()
    {
        var sharp = Teacher.Create(Markov(1, 30, 1.1)).Entropy(48).Rate;
        var mixed = Teacher.Create(Markov(1, 30, 1.1, 0.4)).Entropy(48).Rate;
        Assert.InRange(mixed, sharp, Math.Log(30));
        var copying = Spec(TeacherKind.Copying, 30);
        Assert.InRange(Teacher.Create(copying).Entropy(48).Rate, 0,
            Teacher.Create(copying with { CopyProbability = 0 }).Entropy(48).Rate - 0.3);
    }

    [Fact]
    public void A_grammars_tokens_are_those_of_its_rules_and_no_others()
    {
        var teacher = Teacher.Create(Spec(TeacherKind.Grammar, 40));
        var tokens = Draw(teacher, 1, 0, 33);
        Assert.True(double.IsFinite(teacher.Cost(tokens)));
        var starts = Enumerable.Range(0, 40).Count(first => double.IsFinite(teacher.Cost([first, tokens[1]]))
            || Enumerable.Range(0, 40).Any(second => double.IsFinite(teacher.Cost([first, second]))));
        Assert.Equal(5, starts);
    }

    [Fact]
    public void Inverse_undoes_forward()
    {
        foreach (var size in (long[])[1, 2, 3, 5, 64, 1000, 4097])
        {
            var permutation = new FeistelPermutation(size);
            for (long place = 0; place < size; place++)
                Assert.Equal(place, permutation.Inverse(permutation.Forward(place, 99), 99));
        }
    }

    [Fact]
    public void The_order_of_windows_is_what_it_always_was()
    {
        var order = new WindowOrder(1000, seed: 7);
        Assert.Equal((long[])[956, 16, 137, 354, 905, 322, 837, 121], Enumerable.Range(0, 8).Select(i => order[i]));
        Assert.Equal((long[])[105, 182, 907, 26], Enumerable.Range(0, 4).Select(i => order[5000 + i]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_reads_the_same_sequences_however_it_is_cut_into_batches(TeacherKind kind)
    {
        using var text = new TeacherText(Spec(kind, 64), new(16, 3, 1000));
        var (inputs, targets) = (new long[8 * 16], new long[8 * 16]);
        text.Read(100, 8, inputs, targets);
        using var resumed = new TeacherText(Spec(kind, 64), new(16, 3, 1000));
        var (input, target) = (new long[16], new long[16]);
        for (var i = 7; i >= 0; i--)
        {
            resumed.Read(100 + i, 1, input, target);
            Assert.Equal(inputs[(i * 16)..((i + 1) * 16)], input);
            Assert.Equal(targets[(i * 16)..((i + 1) * 16)], target);
            Assert.Equal(input[1..], target[..^1]);
        }

        Assert.Null(text.UniqueTokens);
        Assert.Equal(62, text.Sources[0].Validation.Windows);
    }

    [Fact]
    public void A_run_with_few_unique_tokens_sees_each_sequence_once_a_pass()
    {
        using var text = new TeacherText(Spec(TeacherKind.Text, 64), new(16, 3, 1000) { UniqueTokens = 160 });
        var passes = Enumerable.Range(0, 3).Select(pass => Enumerable.Range(0, 10).Select(i =>
        {
            var (input, target) = (new long[16], new long[16]);
            text.Read((pass * 10) + i, 1, input, target);
            return string.Join(' ', input);
        }).ToList()).ToList();
        Assert.Equal(10, passes[0].Distinct().Count());
        Assert.All(passes, pass => Assert.Equal(passes[0].Order(), pass.Order()));
        Assert.NotEqual(passes[0], passes[1]);
        Assert.Equal(3, text.Epochs(0, 30));
        Assert.Throws<DataException>(() =>
            new TeacherText(Spec(TeacherKind.Text, 64), new(16, 3, 1000) { UniqueTokens = 15 }));
    }

    private static long[] Draw(Teacher teacher, ulong stream, long sequence, int length)
    {
        var tokens = new long[length];
        teacher.Draw(stream, sequence, tokens);
        return tokens;
    }
}
