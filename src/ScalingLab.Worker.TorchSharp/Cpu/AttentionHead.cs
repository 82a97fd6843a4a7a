using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// How large a head is, and how it lies in <see cref="Attention"/>: [Wide, Row], tokens and width padded with zeros to
/// whole sixteens.
/// </summary>
internal readonly unsafe struct HeadSize(Tensor query, Tensor key)
{
    public readonly long Heads = query.size(1);

    /// <summary>Heads of queries for each head of keys and values.</summary>
    public readonly long Group = query.size(1) / key.size(1);

    public readonly long Tokens = query.size(2);

    public readonly long Width = query.size(3);

    public readonly long PaddedWidth = Padded(query.size(3));

    public readonly long PaddedTokens = Padded(query.size(2));

    /// <summary>By what scores are multiplied.</summary>
    public readonly float Scale = 1 / MathF.Sqrt(query.size(3));

    /// <summary>Numbers of a head.</summary>
    public long PaddedLength => PaddedTokens * PaddedWidth;

    /// <summary>Numbers of a head turned, [Width, Wide].</summary>
    public long TransposedLength => Width * PaddedTokens;

    /// <summary>On how many threads so many heads are worked on.</summary>
    public int ThreadCount(long heads, long grain) => Host.ThreadCount(heads, grain / (Tokens * (Tokens + Width)));

    /// <summary>A head's rows as float32, with their padding.</summary>
    public void Load<T, TElement>(T* from, long step, float* to)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var rest = (int)(Width % Vector16.Count);
        for (long token = 0; token < Tokens; token++, from += step)
        {
            long i = 0;
            for (; i + Vector16.Count <= Width; i += Vector16.Count, to += Vector16.Count)
                TElement.Load(from + i).Store(to);
            if (rest == 0) continue;
            TElement.Load(from + i, rest).Store(to);
            to += Vector16.Count;
        }

        new Span<float>(to, checked((int)((PaddedTokens - Tokens) * PaddedWidth))).Clear();
    }

    /// <summary>A head's rows without their padding.</summary>
    public void Store<T, TElement>(float* from, T* to, long step)
        where T : unmanaged
        where TElement : IElement<T>
    {
        var rest = (int)(Width % Vector16.Count);
        for (long token = 0; token < Tokens; token++, to += step)
        {
            long i = 0;
            for (; i + Vector16.Count <= Width; i += Vector16.Count, from += Vector16.Count)
                TElement.Store(Vector512.Load(from), to + i);
            if (rest == 0) continue;
            TElement.Store(Vector512.Load(from), to + i, rest);
            from += Vector16.Count;
        }
    }

    /// <summary>[Wide, Row] to [Width, Wide].</summary>
    public void Transpose(float* from, float* to)
    {
        for (long i = 0; i < Width; i++)
        {
            for (long token = 0; token < PaddedTokens; token++, to++) *to = from[(token * PaddedWidth) + i];
        }
    }

    private static long Padded(long count) => (count + Vector16.Count - 1) / Vector16.Count * Vector16.Count;
}

/// <summary>
/// Where the heads of a tensor [batch, heads, tokens, head_dim] lie; numbers of its last dimension lie in order.
/// </summary>
internal readonly unsafe struct Heads<T>(Tensor x)
    where T : unmanaged
{
    private readonly T* _first = Host.Data<T>(x);
    private readonly long _sequence = x.stride(0);
    private readonly long _head = x.stride(1);

    /// <summary>From token to token.</summary>
    public readonly long Step = x.stride(2);

    public T* At(long sequence, long head) => _first + (sequence * _sequence) + (head * _head);
}

/// <summary>
/// What is done with one query's scores, of which the first are whole sixteens that it sees and the last sixteen those
/// that it sees in part.
/// </summary>
internal static unsafe class Scores
{
    /// <summary>Takes slope x distance off them.</summary>
    /// <param name="s">The scores.</param>
    /// <param name="seen">How many there are, a multiple of sixteen.</param>
    /// <param name="place">The query's place.</param>
    /// <param name="slope">By how much a score falls for a token of distance.</param>
    public static void SubtractSlope(float* s, long seen, long place, float slope)
    {
        var distances = (Vector512.Create((float)place) - Vector512<float>.Indices) * slope;
        for (long i = 0; i < seen; i += Vector16.Count, distances -= Vector512.Create(Vector16.Count * slope))
            (Vector512.Load(s + i) - distances).Store(s + i);
    }

    /// <summary>The largest that it sees.</summary>
    public static float Max(float* s, long whole, int part)
    {
        var top = Vector512.ConditionalSelect(Vector16.FirstMask(part).AsSingle(), Vector512.Load(s + whole),
            Vector512.Create(float.NegativeInfinity));
        for (long i = 0; i < whole; i += Vector16.Count) top = Vector512.Max(top, Vector512.Load(s + i));
        return Vector16.MaxOf(top);
    }

    /// <summary>Makes them e^((score - top) scale), zero where it does not see; their sum.</summary>
    public static float Exponentiate(float* s, long whole, int part, float top, float scale)
    {
        var last = Vector16.Exp((Vector512.Load(s + whole) - Vector512.Create(top)) * scale) & Vector16.FirstMask(part)
            .AsSingle();
        last.Store(s + whole);
        for (long i = 0; i < whole; i += Vector16.Count)
        {
            var powers = Vector16.Exp((Vector512.Load(s + i) - Vector512.Create(top)) * scale);
            powers.Store(s + i);
            last += powers;
        }

        return Vector512.Sum(last);
    }

    /// <summary>Makes scores the softmax again, and its gradient that of the scores.</summary>
    /// <param name="p">Scores, then the softmax.</param>
    /// <param name="ds">The softmax's gradient, then the scores'.</param>
    /// <param name="whole">How many it sees, but for the last sixteen.</param>
    /// <param name="part">How many of the last sixteen.</param>
    /// <param name="log">The logarithm of the sum of their powers.</param>
    /// <param name="delta">The sum of the softmax times its gradient.</param>
    /// <param name="scale">By what scores are multiplied.</param>
    public static void SoftmaxBackward(float* p, float* ds, long whole, int part, float log, float delta, float scale)
    {
        for (long i = 0; i <= whole; i += Vector16.Count)
        {
            var share = Vector16.Exp((Vector512.Load(p + i) * scale) - Vector512.Create(log));
            if (i == whole) share &= Vector16.FirstMask(part).AsSingle();
            share.Store(p + i);
            (share * (Vector512.Load(ds + i) - Vector512.Create(delta)) * scale).Store(ds + i);
        }
    }

    public static float Dot(float* a, float* b, long count)
    {
        var sum = Vector512.Load(a) * Vector512.Load(b);
        for (long i = Vector16.Count; i < count; i += Vector16.Count)
            sum += Vector512.Load(a + i) * Vector512.Load(b + i);
        return Vector512.Sum(sum);
    }

    public static void Multiply(float* x, long count, float factor)
    {
        for (long i = 0; i < count; i += Vector16.Count) (Vector512.Load(x + i) * factor).Store(x + i);
    }
}
