using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

// Fused blocks on a CUDA device, and what a step without the host needs.
internal static partial class Native
{
    [LibraryImport(Library)] internal static partial int sl_cuda_capability(int deviceIndex, out int tenths);
    [LibraryImport(Library)] internal static partial int sl_cuda_embedding(TensorHandle table, TensorHandle gradient,
        TensorHandle tokens, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_attention_in(TensorHandle x, TensorHandle gain, TensorHandle gainGradient,
        TensorHandle normBias,
        TensorHandle normBiasGradient, int isLayer, double eps, TensorHandle qkv, TensorHandle qkvGradient,
        TensorHandle qkvBias,
        TensorHandle qkvBiasGradient, long queries, long keys, TensorHandle cosine, TensorHandle sine,
        TensorHandle slopes, TensorHandle queryGain,
        TensorHandle queryGainGradient, TensorHandle keyGain, TensorHandle keyGainGradient, double headsEps,
        Span<nint> outputs);
    [LibraryImport(Library)] internal static partial int sl_cuda_attention(TensorHandle query, TensorHandle key,
        TensorHandle value, out nint mixed);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_attention_out(TensorHandle x, TensorHandle mixed, TensorHandle matrix,
        TensorHandle gradient,
        TensorHandle bias, TensorHandle biasGradient, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_mlp(TensorHandle x, TensorHandle gain, TensorHandle gainGradient,
        TensorHandle normBias,
        TensorHandle normBiasGradient, int isLayer, double eps, TensorHandle up, TensorHandle upGradient,
        TensorHandle upBias,
        TensorHandle upBiasGradient, TensorHandle down, TensorHandle downGradient, TensorHandle downBias,
        TensorHandle downBiasGradient, int kind,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_normed(TensorHandle x, TensorHandle gain, TensorHandle gainGradient,
        TensorHandle bias,
        TensorHandle biasGradient, int isLayer, double eps, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_linear(TensorHandle x, TensorHandle gain, TensorHandle gainGradient,
        TensorHandle normBias,
        TensorHandle normBiasGradient, int isLayer, double eps, TensorHandle matrix, TensorHandle matrixGradient,
        TensorHandle bias,
        TensorHandle biasGradient, out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_head_loss(TensorHandle x, TensorHandle gain, TensorHandle gainGradient,
        TensorHandle normBias,
        TensorHandle normBiasGradient, int isLayer, double eps, TensorHandle head, TensorHandle headGradient,
        TensorHandle targets, double share,
        double softCap, double zLoss, int inFloat8, out nint loss);
    [LibraryImport(Library)] internal static partial int sl_cuda_norm(TensorHandle x, TensorHandle norm);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_adamw_(TensorHandle parameter, TensorHandle grad, TensorHandle mean,
        TensorHandle square, TensorHandle copy,
        TensorHandle control, TensorHandle norm, double clip, double beta1, double beta2, double eps, double decay);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_lion_(TensorHandle parameter, TensorHandle grad, TensorHandle mean,
        TensorHandle copy, TensorHandle control,
        TensorHandle norm, double clip, double beta1, double beta2, double decay);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_sgd_(TensorHandle parameter, TensorHandle grad, TensorHandle velocity,
        TensorHandle copy,
        TensorHandle control, TensorHandle norm, double clip, double momentum, double decay);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_lamb_(TensorHandle parameter, TensorHandle grad, TensorHandle mean,
        TensorHandle square, TensorHandle copy,
        TensorHandle chunks, TensorHandle tensors, TensorHandle decays, TensorHandle control, TensorHandle norm,
        double clip, double beta1,
        double beta2, double eps);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_nesterov_(TensorHandle grad, TensorHandle momentum, TensorHandle direction,
        TensorHandle norm, double clip,
        double mu);
    [LibraryImport(Library)] internal static partial int sl_cuda_orthogonalize(TensorHandle x, int iterations,
        out nint y);
    [LibraryImport(Library)]
    internal static partial int sl_cuda_muon_(TensorHandle parameter, TensorHandle direction, TensorHandle copy,
        TensorHandle control,
        TensorHandle norm, double factor, double decay);
    [LibraryImport(Library)] internal static partial int sl_cuda_attention_forms(int forms);

    [LibraryImport(Library)] internal static partial int sl_cuda_pinned(ReadOnlySpan<long> size, int count,
        NativeOptions options, int device, out nint y);
    [LibraryImport(Library)] internal static partial int sl_cuda_event_new(out nint made);
    [LibraryImport(Library)] internal static partial void sl_cuda_event_free(nint made);
    [LibraryImport(Library)] internal static partial int sl_cuda_event_record(CudaHandle made);
    [LibraryImport(Library)] internal static partial int sl_cuda_event_wait(CudaHandle made);
    [LibraryImport(Library)] internal static partial int sl_cuda_event_block(CudaHandle made);
    [LibraryImport(Library)] internal static partial int sl_cuda_marked(TensorHandle x, CudaHandle made, out nint y);
    [LibraryImport(Library)] internal static partial int sl_cuda_stream_new(out nint made);
    [LibraryImport(Library)] internal static partial void sl_cuda_stream_free(nint made);
    [LibraryImport(Library)] internal static partial int sl_cuda_stream_pointer(CudaHandle made, out nint stream);
    [LibraryImport(Library)] internal static partial int sl_cuda_stream_wait(CudaHandle made, CudaHandle mark);
    [LibraryImport(Library)] internal static partial int sl_cuda_stream_record(CudaHandle made, CudaHandle mark);
    [LibraryImport(Library)] internal static partial int sl_cuda_graph_begin(out nint made);
    [LibraryImport(Library)] internal static partial int sl_cuda_graph_end(CudaHandle made);
    [LibraryImport(Library)] internal static partial int sl_cuda_graph_replay(CudaHandle made);
    [LibraryImport(Library)] internal static partial void sl_cuda_graph_free(nint made);
    [LibraryImport(Library)] internal static partial int sl_cuda_profile_begin();
    [LibraryImport(Library,
        StringMarshalling = StringMarshalling.Utf8)] internal static partial int sl_cuda_profile_end(string path);
    [LibraryImport(Library)] internal static partial int sl_poison_empty(int on);

    /// <summary>Owns an event or a graph; freed once, by Dispose or by the finalizer.</summary>
    internal sealed class CudaHandle : SafeHandle
    {
        private readonly Action<nint> _free;

        public CudaHandle(nint made, Action<nint> free) : base(0, ownsHandle: true)
        {
            SetHandle(made);
            _free = free;
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            _free(handle);
            return true;
        }
    }
}
