using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>Products of float32 matrices inside one head of attention, too small for a call of a BLAS each.</summary>
internal static unsafe class Tile
{
    /// <summary>Rows that go together: a product has a multiple of them.</summary>
    public const int Rows = 8;

    /// <summary>c [rows, columns] = a [rows, depth] b [depth, columns]; columns are whole sixteens.</summary>
    /// <param name="rows">A multiple of <see cref="Rows"/>.</param>
    /// <param name="columns">A multiple of sixteen.</param>
    /// <param name="depth">Terms of each sum.</param>
    /// <param name="a">Its number of a row and a term lies at row * aRow + term * aTerm.</param>
    /// <param name="aRow">From row to row.</param>
    /// <param name="aTerm">From term to term.</param>
    /// <param name="b">Row by row.</param>
    /// <param name="bRow">From row to row.</param>
    /// <param name="c">Row by row.</param>
    /// <param name="cRow">From row to row.</param>
    /// <param name="add">Whether c gets the product on top of what it holds.</param>
    public static void Product(long rows, long columns, long depth, float* a, long aRow, long aTerm, float* b,
        long bRow, float* c, long cRow, bool add)
    {
        for (long row = 0; row < rows; row += Rows)
        {
            long column = 0;
            for (; column + (2 * Vector16.Count) <= columns; column += 2 * Vector16.Count)
                Two(depth, a + (row * aRow), aRow, aTerm, b + column, bRow, c + (row * cRow) + column, cRow, add);
            if (column < columns)
                One(depth, a + (row * aRow), aRow, aTerm, b + column, bRow, c + (row * cRow) + column, cRow, add);
        }
    }

    // Eight rows of thirty-two columns: each sum has a register of its own.
    private static void Two(long depth, float* a, long aRow, long aTerm, float* b, long bRow, float* c, long cRow,
        bool add)
    {
        float* d = c + Vector16.Count, a4 = a + (4 * aRow);
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> c4 = default, c5 = default, c6 = default, c7 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        Vector512<float> d4 = default, d5 = default, d6 = default, d7 = default;
        if (add)
        {
            (c0, c1, c2, c3) = (Vector512.Load(c), Vector512.Load(c + cRow), Vector512.Load(c + (2 * cRow)),
                Vector512.Load(c + (3 * cRow)));
            (d0, d1, d2, d3) = (Vector512.Load(d), Vector512.Load(d + cRow), Vector512.Load(d + (2 * cRow)),
                Vector512.Load(d + (3 * cRow)));
            float* c47 = c + (4 * cRow), d47 = d + (4 * cRow);
            (c4, c5, c6, c7) = (Vector512.Load(c47), Vector512.Load(c47 + cRow), Vector512.Load(c47 + (2 * cRow)),
                Vector512.Load(c47 + (3 * cRow)));
            (d4, d5, d6, d7) = (Vector512.Load(d47), Vector512.Load(d47 + cRow), Vector512.Load(d47 + (2 * cRow)),
                Vector512.Load(d47 + (3 * cRow)));
        }

        for (; depth > 0; depth--, a += aTerm, a4 += aTerm, b += bRow)
        {
            var (left, right) = (Vector512.Load(b), Vector512.Load(b + Vector16.Count));
            var factor = Vector512.Create(*a);
            (c0, d0) = (Vector512.FusedMultiplyAdd(factor, left, c0), Vector512.FusedMultiplyAdd(factor, right, d0));
            factor = Vector512.Create(a[aRow]);
            (c1, d1) = (Vector512.FusedMultiplyAdd(factor, left, c1), Vector512.FusedMultiplyAdd(factor, right, d1));
            factor = Vector512.Create(a[2 * aRow]);
            (c2, d2) = (Vector512.FusedMultiplyAdd(factor, left, c2), Vector512.FusedMultiplyAdd(factor, right, d2));
            factor = Vector512.Create(a[3 * aRow]);
            (c3, d3) = (Vector512.FusedMultiplyAdd(factor, left, c3), Vector512.FusedMultiplyAdd(factor, right, d3));
            factor = Vector512.Create(*a4);
            (c4, d4) = (Vector512.FusedMultiplyAdd(factor, left, c4), Vector512.FusedMultiplyAdd(factor, right, d4));
            factor = Vector512.Create(a4[aRow]);
            (c5, d5) = (Vector512.FusedMultiplyAdd(factor, left, c5), Vector512.FusedMultiplyAdd(factor, right, d5));
            factor = Vector512.Create(a4[2 * aRow]);
            (c6, d6) = (Vector512.FusedMultiplyAdd(factor, left, c6), Vector512.FusedMultiplyAdd(factor, right, d6));
            factor = Vector512.Create(a4[3 * aRow]);
            (c7, d7) = (Vector512.FusedMultiplyAdd(factor, left, c7), Vector512.FusedMultiplyAdd(factor, right, d7));
        }

        Four(c, cRow, c0, c1, c2, c3);
        Four(c + (4 * cRow), cRow, c4, c5, c6, c7);
        Four(d, cRow, d0, d1, d2, d3);
        Four(d + (4 * cRow), cRow, d4, d5, d6, d7);
    }

    // Eight rows of sixteen columns.
    private static void One(long depth, float* a, long aRow, long aTerm, float* b, long bRow, float* c, long cRow,
        bool add)
    {
        float* a4 = a + (4 * aRow), c47 = c + (4 * cRow);
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> c4 = default, c5 = default, c6 = default, c7 = default;
        if (add)
        {
            (c0, c1, c2, c3) = (Vector512.Load(c), Vector512.Load(c + cRow), Vector512.Load(c + (2 * cRow)),
                Vector512.Load(c + (3 * cRow)));
            (c4, c5, c6, c7) = (Vector512.Load(c47), Vector512.Load(c47 + cRow), Vector512.Load(c47 + (2 * cRow)),
                Vector512.Load(c47 + (3 * cRow)));
        }

        for (; depth > 0; depth--, a += aTerm, a4 += aTerm, b += bRow)
        {
            var row = Vector512.Load(b);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(*a), row, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[aRow]), row, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2 * aRow]), row, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3 * aRow]), row, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Create(*a4), row, c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[aRow]), row, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[2 * aRow]), row, c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[3 * aRow]), row, c7);
        }

        Four(c, cRow, c0, c1, c2, c3);
        Four(c47, cRow, c4, c5, c6, c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* to, long step, Vector512<float> first, Vector512<float> second,
        Vector512<float> third, Vector512<float> fourth)
    {
        first.Store(to);
        second.Store(to + step);
        third.Store(to + (2 * step));
        fourth.Store(to + (3 * step));
    }
}
