using System.Globalization;

namespace ScalingLab.Torch;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. Made inside a <see cref="DisposeScope"/> it is disposed with it; otherwise dispose it,
    /// or leave it to the finalizer.
    /// In-place operations (names that end in an underscore) return the tensor itself.
    /// </summary>
    public sealed partial class Tensor : IDisposable
    {
        internal Tensor(nint tensor)
        {
            Raw = new TensorHandle(tensor);
            DisposeScope.Innermost?.Add(this);
        }

        internal TensorHandle Raw { get; }

        internal DisposeScope? Scope { get; set; }

        /// <summary>The address of the native tensor; good while this object lives.</summary>
        public IntPtr Handle => Raw.DangerousGetHandle();

        /// <summary>Whether the tensor was disposed.</summary>
        public bool IsInvalid => Raw.IsClosed;

        /// <summary>Sizes of the dimensions.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[dim()];
                Native.Check(Native.sl_sizes(Raw, sizes));
                return sizes;
            }
        }

        /// <summary>Type of the elements.</summary>
        public ScalarType dtype => (ScalarType)Native.sl_dtype(Raw);

        /// <summary>Where the elements are.</summary>
        public Device device => new(device_type, Native.sl_device_index(Raw));

        /// <summary>The kind of device.</summary>
        public DeviceType device_type => (DeviceType)Native.sl_device_type(Raw);

        /// <summary>How many elements there are.</summary>
        public long NumberOfElements => numel();

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => element_size();

        /// <summary>Whether no operation that autograd follows made this tensor.</summary>
        public bool is_leaf => Native.sl_is_leaf(Raw) != 0;

        /// <summary>Whether autograd follows operations on this tensor.</summary>
        public bool requires_grad
        {
            get => Native.sl_requires_grad(Raw) != 0;
            set => Native.Check(Native.sl_set_requires_grad(Raw, value ? 1 : 0));
        }

        /// <summary>
        /// The gradient that backward gathered, or null; each reading gives a new handle on the same tensor.
        /// </summary>
        public Tensor? grad
        {
            get
            {
                Native.Check(Native.sl_grad(Raw, out var tensor));
                return tensor == 0 ? null : new Tensor(tensor);
            }
            set => Native.Check(Native.sl_set_grad(Raw, value?.Raw ?? TensorHandle.None));
        }

        /// <summary>How many dimensions there are.</summary>
        public long dim() => Native.sl_dim(Raw);

        /// <summary>How many elements there are.</summary>
        public long numel() => Native.sl_numel(Raw);

        /// <summary>Bytes of one element.</summary>
        public long element_size() => Native.sl_element_size(Raw);

        /// <summary>Where the first element stands in its storage, in elements.</summary>
        public long storage_offset() => Native.sl_storage_offset(Raw);

        /// <summary>Sizes of the dimensions.</summary>
        public long[] size() => shape;

        /// <summary>Size of one dimension; negative counts from the last.</summary>
        public long size(int dim)
        {
            var sizes = shape;
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        /// <summary>Steps from one element to the next, in elements, a dimension.</summary>
        public long[] stride()
        {
            var strides = new long[dim()];
            Native.Check(Native.sl_strides(Raw, strides));
            return strides;
        }

        /// <summary>Step of one dimension; negative counts from the last.</summary>
        public long stride(int dim)
        {
            var strides = stride();
            return strides[dim < 0 ? dim + strides.Length : dim];
        }

        /// <summary>Whether the elements stand in memory in the order of their indices.</summary>
        public bool is_contiguous() => Native.sl_is_contiguous(Raw) != 0;

        /// <summary>Address of the first element.</summary>
        public IntPtr data_ptr()
        {
            Native.Check(Native.sl_data_ptr(Raw, out var pointer));
            return pointer;
        }

        /// <summary>Sets whether autograd follows operations on this tensor.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>Keeps the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad() => Native.Check(Native.sl_retain_grad(Raw));

        /// <summary>Adds the gradient of this scalar to every leaf it came from.</summary>
        public void backward() => backward(null);

        /// <summary>Adds gradients, given this tensor's own, to every leaf it came from.</summary>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false)
        {
            var gradient = grad_tensors is { Count: > 0 } ? grad_tensors[0].Raw : TensorHandle.None;
            Native.Check(Native.sl_backward(Raw, gradient, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0));
        }

        /// <summary>Hands this tensor to the scope around its own.</summary>
        public Tensor MoveToOuterDisposeScope() => Scope is null ? this : Scope.MoveToOuter(this);

        /// <summary>Hands this tensor to another scope.</summary>
        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return other.Attach(this);
        }

        /// <summary>Lets this tensor live beyond every scope: its owner disposes it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            Scope?.Forget(this);
            return this;
        }

        /// <summary>Frees the native tensor; its elements go with the last that shares them.</summary>
        public void Dispose()
        {
            Scope?.Forget(this);
            Raw.Dispose();
        }

        /// <inheritdoc/>
        public override string ToString() => Raw.IsClosed
            ? "disposed tensor"
            : string.Create(CultureInfo.InvariantCulture, $"[{string.Join('x', shape)}], type = "
                + $"{dtype}, device = {device}");
    }
}
