using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Parallel;

/// <summary>
/// Adds up the flat gradient over a group's GPUs by NCCL, on a stream of its own: in buckets, each as soon as the
/// backward pass has made it, while it goes on to make the next (Li et al. 2020, arXiv 2006.15704). All of it is asked
/// of the device alone, so that it is captured with the step.
/// </summary>
internal sealed class GradientAllReduce : IDisposable
{
    private readonly Nccl _nccl;
    private readonly ParameterBuffer _parameters;
    private readonly CudaStream _sumStream = new();
    private readonly CudaEvent _gradientReady = new();
    private readonly CudaEvent _summed = new();
    private readonly IReadOnlyList<(GradientBucket Bucket, CudaEvent? Mark)> _buckets;

    /// <summary>Joins the group's GPUs; every rank makes one at the same time.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="parameters">Whose gradient it is; on this process's GPU.</param>
    /// <param name="shape">The model.</param>
    /// <param name="bucketBytes">What a bucket has at least.</param>
    /// <exception cref="NcclException">There is no NCCL, or the GPUs do not find each other.</exception>
    public GradientAllReduce(ProcessGroup group, ParameterBuffer parameters, ModelShape shape, long bucketBytes)
    {
        (Group, _parameters) = (group, parameters);
        _nccl = Nccl.Join(group);
        _buckets =
            [.. GradientBucket.Plan(parameters.Specs, shape, bucketBytes)
                .Select(b => (b, b.Layer is null ? null : new CudaEvent()))];
    }

    public ProcessGroup Group { get; }

    /// <summary>
    /// The stream before a layer, or before the head where that is the number of layers, marked where a bucket waits
    /// for it.
    /// </summary>
    public Tensor MarkBackward(int layer, Tensor x) =>
        _buckets.FirstOrDefault(b => b.Bucket.Layer == layer).Mark is { } mark ? mark.RecordInBackward(x) : x;

    /// <summary>Has the sum take the gradient's place, as the next work that is asked of the device finds it.</summary>
    /// <param name="marked">Whether the last way back was through <see cref="MarkBackward"/>; else everything is added
    /// up after it.</param>
    /// <param name="also">A number that is added up with it, fp32 [1].</param>
    public void Run(bool marked = false, Tensor? also = null)
    {
        _gradientReady.Record();
        var stream = _sumStream.Pointer;
        if (!marked) _sumStream.Wait(_gradientReady);
        foreach (var (bucket, mark) in _buckets)
        {
            if (marked) _sumStream.Wait(mark ?? _gradientReady);
            _nccl.Group(() =>
            {
                foreach (var (first, count) in bucket.Ranges)
                    _nccl.AllReduce(CudaBlocks.address(_parameters.Gradient) + (nint)(first * sizeof(float)), count,
                        stream);
                if (bucket.Layer is null && also is not null)
                    _nccl.AllReduce(CudaBlocks.address(also), also.numel(), stream);
            });
        }

        _sumStream.Record(_summed);
        _summed.StreamWait();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, mark) in _buckets) mark?.Dispose();
        _summed.Dispose();
        _gradientReady.Dispose();
        _sumStream.Dispose();
    }
}
