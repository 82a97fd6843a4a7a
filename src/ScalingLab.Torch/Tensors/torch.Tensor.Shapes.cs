namespace ScalingLab.Torch;

public static partial class torch
{
    /// <remarks>Views share their elements with the tensor that they come from.</remarks>
    public sealed partial class Tensor
    {
        /// <summary>The part of the first dimension at one index.</summary>
        public Tensor this[long index] => select(0, index);

        public Tensor view(params long[] shape) =>
            Native.NewTensor(Native.sl_view(Raw, shape, shape.Length, out var y), y);
        public Tensor reshape(params long[] shape) =>
            Native.NewTensor(Native.sl_reshape(Raw, shape, shape.Length, out var y), y);
        public Tensor permute(params long[] permutation) =>
            Native.NewTensor(Native.sl_permute(Raw, permutation, permutation.Length, out var y), y);
        public Tensor expand(params long[] sizes) =>
            Native.NewTensor(Native.sl_expand(Raw, sizes, sizes.Length, out var y), y);
        public Tensor repeat(params long[] sizes) =>
            Native.NewTensor(Native.sl_repeat(Raw, sizes, sizes.Length, out var y), y);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Native.NewTensor(Native.sl_flatten(Raw, start_dim, end_dim, out var y), y);
        public Tensor t() => Native.NewTensor(Native.sl_t(Raw, out var y), y);
        public Tensor transpose(long dim0, long dim1) =>
            Native.NewTensor(Native.sl_transpose(Raw, dim0, dim1, out var y), y);
        public Tensor unsqueeze(long dim) => Native.NewTensor(Native.sl_unsqueeze(Raw, dim, out var y), y);
        public Tensor squeeze(long? dim = null) => dim is { } d
            ? Native.NewTensor(Native.sl_squeeze_dim(Raw, d, out var y), y)
            : Native.NewTensor(Native.sl_squeeze(Raw, out var z), z);
        public Tensor narrow(long dim, long start, long length) =>
            Native.NewTensor(Native.sl_narrow(Raw, dim, start, length, out var y), y);
        public Tensor slice(long dim, long start, long finish, long step) =>
            Native.NewTensor(Native.sl_slice(Raw, dim, start, finish, step, out var y), y);
        public Tensor select(long dim, long index) => Native.NewTensor(Native.sl_select(Raw, dim, index, out var y), y);
        public Tensor index_select(long dim, Tensor index) =>
            Native.NewTensor(Native.sl_index_select(Raw, dim, index.Raw, out var y), y);
        public Tensor gather(long dim, Tensor index) =>
            Native.NewTensor(Native.sl_gather(Raw, dim, index.Raw, out var y), y);
        public Tensor scatter_(long dim, Tensor index, Tensor src) =>
            Done(Native.sl_scatter_(Raw, dim, index.Raw, src.Raw));
        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Done(Native.sl_index_copy_(Raw, dim, index.Raw, source.Raw));

        public Tensor contiguous() => Native.NewTensor(Native.sl_contiguous(Raw, out var y), y);
        public Tensor clone() => Native.NewTensor(Native.sl_clone(Raw, out var y), y);
        public Tensor detach() => Native.NewTensor(Native.sl_detach(Raw, out var y), y);
        /// <summary>Another handle on the same elements.</summary>
        public Tensor alias() => Native.NewTensor(Native.sl_alias(Raw, out var y), y);

        /// <summary>At most this many pieces of equal size along a dimension; the last may be smaller.</summary>
        public Tensor[] chunk(long chunks, long dim = 0)
        {
            var pieces = new nint[chunks];
            Native.Check(Native.sl_chunk(Raw, chunks, dim, pieces, pieces.Length, out var count));
            return Pieces(pieces, count);
        }

        /// <summary>Pieces of one size along a dimension; the last may be smaller.</summary>
        public Tensor[] split(long size, int dim = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
            var pieces = new nint[(this.size(dim) + size - 1) / size + 1];
            Native.Check(Native.sl_split(Raw, size, dim, pieces, pieces.Length, out var count));
            return Pieces(pieces, count);
        }

        /// <summary>Pieces of the given sizes, which add up to the dimension's.</summary>
        public Tensor[] split(long[] sizes, long dim = 0)
        {
            var pieces = new nint[sizes.Length];
            Native.Check(Native.sl_split_sizes(Raw, sizes, sizes.Length, dim, pieces, pieces.Length, out var count));
            return Pieces(pieces, count);
        }

        private static Tensor[] Pieces(nint[] pieces, int count)
        {
            var tensors = new Tensor[count];
            for (var i = 0; i < count; i++)
                tensors[i] = new Tensor(pieces[i]);
            return tensors;
        }
    }
}
