using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Making tensors, their facts, moves between types, values in and out.</summary>
public class TensorTests
{
    [Fact]
    public void A_tensor_knows_its_shape_type_and_device()
    {
        using var scope = NewDisposeScope();
        var x = zeros([2, 3], ScalarType.BFloat16);
        Assert.Equal([2L, 3L], x.shape);
        Assert.Equal(3, x.size(-1));
        Assert.Equal(2, x.dim());
        Assert.Equal(6, x.numel());
        Assert.Equal(2, x.element_size());
        Assert.Equal([3L, 1L], x.stride());
        Assert.Equal(ScalarType.BFloat16, x.dtype);
        Assert.Equal("cpu", x.device.ToString());
        Assert.True(x.is_contiguous());
        Assert.False(x.t().is_contiguous());
        Assert.Equal(3, x.narrow(0, 1, 1).storage_offset());
        Assert.Equal("[2x3], type = BFloat16, device = cpu", x.ToString());
    }

    [Fact]
    public void Factories_fill_as_their_names_say()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0f, 0f], zeros(2).data<float>().ToArray());
        Assert.Equal([1.0, 1.0], ones(2, ScalarType.Float64).data<double>().ToArray());
        Assert.Equal([7L, 7L], full(2, 7L, ScalarType.Int64).data<long>().ToArray());
        Assert.Equal([0L, 1L, 2L], arange(3).data<long>().ToArray());
        Assert.Equal([1f, 1.5f], arange(1.0, 2.0, 0.5).data<float>().ToArray());
        Assert.Equal([3L, 4L], zeros_like(empty(3, 4)).shape);
        Assert.Equal(ScalarType.Int64, ones_like(zeros(2), ScalarType.Int64).dtype);
        var drawn = randint(3, 5, [100]).data<long>().ToArray();
        Assert.Equal([3L, 4L], drawn.Distinct().Order());
        Assert.True(ones([1], requires_grad: true).requires_grad);
    }

    [Fact]
    public void Values_of_every_kind_come_back_as_they_went()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1f, 2f, 3f, 4f], tensor([1f, 2f, 3f, 4f], [2, 2]).data<float>().ToArray());
        Assert.Equal([1.5], tensor([1.5]).data<double>().ToArray());
        Assert.Equal([1L << 40], tensor([1L << 40]).data<long>().ToArray());
        Assert.Equal([-3], tensor([-3]).data<int>().ToArray());
        Assert.Equal([(byte)200], tensor([(byte)200]).data<byte>().ToArray());
        Assert.Equal([true, false], tensor([true, false]).data<bool>().ToArray());
        Assert.Equal(ScalarType.Int64, tensor([1, 2], dtype: ScalarType.Int64).dtype);
        Assert.Equal(2.5, tensor(2.5).item<double>());
        Assert.Equal(1L << 40, tensor(1L << 40).ToInt64());
        Assert.True(tensor(true).ToBoolean());
    }

    [Fact]
    public void Elements_out_of_order_in_memory_are_read_in_the_order_of_their_indices()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1, 2, 3, 4], [2, 2]).t();
        Assert.Equal([1, 3, 2, 4], x.data<int>().ToArray());
        Assert.Throws<TorchException>(() => x.bytes.Length);
    }

    [Fact]
    public void Bytes_of_a_tensor_make_it_again()
    {
        using var scope = NewDisposeScope();
        var x = randn([3, 5]).to(ScalarType.BFloat16);
        var y = Kernels.from_bytes(x.bytes, [3, 5], ScalarType.BFloat16);
        Assert.True(x.equal(y));
        y.zero_();
        y.bytes = x.bytes;
        Assert.True(x.equal(y));
        Assert.Throws<TorchException>(() => Kernels.from_bytes(new byte[7], [2], ScalarType.Float32));
        Assert.Throws<TorchException>(() => y.bytes = new byte[1]);
    }

    [Fact]
    public void Reading_as_another_type_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() => ones(1).data<double>());
        Assert.Throws<TorchException>(() => ones(2).item<float>());
    }

    [Fact]
    public void Moves_between_types_round_to_nearest_even()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 1.00390625f, 1.01171875f, float.NaN]); // 1 + 2^-8 and 1 + 3 * 2^-8 lie halfway
        var narrow = x.to(ScalarType.BFloat16);
        Assert.Equal([1f, 1f, 1.015625f, float.NaN], narrow.to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal([1L, 2L], tensor([1.9, 2.1]).to(ScalarType.Int64).data<long>().ToArray());
        Assert.Equal(ScalarType.Float64, x.to(ScalarType.Float64, CPU).dtype);
    }

    [Fact]
    public void A_move_to_where_a_tensor_is_shares_it_unless_a_copy_is_asked_for()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1);
        x.to(ScalarType.Float32).fill_(1);
        Assert.Equal(1.0, x.ToDouble());
        x.to(ScalarType.Float32, copy: true).fill_(2);
        Assert.Equal(1.0, x.ToDouble());
        var gone = zeros(1);
        gone.to(ScalarType.Float64, disposeAfter: true);
        Assert.True(gone.IsInvalid);
    }

    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, -1)]
    [InlineData("cuda:1", DeviceType.CUDA, 1)]
    public void A_device_is_read_from_words(string words, DeviceType type, int index)
    {
        var parsed = device(words);
        Assert.Equal((type, index), (parsed.type, parsed.index));
        Assert.Equal(words, parsed.ToString());
        Assert.Equal(new Device(type, index), parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    public void An_unknown_device_is_refused(string words) => Assert.Throws<ArgumentException>(() => device(words));

    [Fact]
    public void In_place_operations_change_the_tensor_and_return_it()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0]);
        Assert.Same(x, x.add_(1));
        x.add_(ones(2, ScalarType.Float64), 2).sub_(1).mul_(2).div_(4); // (1, 2) + 1 + 2 - 1 = (3, 4), halved
        Assert.Equal([1.5, 2.0], x.data<double>().ToArray());
        x.mul_(tensor([2.0, 3.0])).sub_(ones(2)).div_(tensor([2.0, 5.0]));
        Assert.Equal([1.0, 1.0], x.data<double>().ToArray());
        x.fill_(3).clamp_(max: 2).lerp_(zeros(2, ScalarType.Float64), full(1, 0.5, ScalarType.Float64));
        Assert.Equal([1.0, 1.0], x.data<double>().ToArray());
        x.addcmul_(x, x, 2).addcdiv_(x, x, 1);
        Assert.Equal([4.0, 4.0], x.data<double>().ToArray());
        x.masked_fill_(tensor([true, false]), 9);
        Assert.Equal([9.0, 4.0], x.data<double>().ToArray());
        x.copy_(tensor([1f, 2f])).index_copy_(0, tensor([0L]), tensor([5.0])).scatter_(0, tensor([1L]), tensor([6.0]));
        Assert.Equal([5.0, 6.0], x.data<double>().ToArray());
        Assert.Equal(0.0, x.zero_().sum().ToDouble());
    }

    [Fact]
    public void Comparisons_choose_element_by_element()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor([1f, 2f, 3f]), y = tensor([3f, 2f, 1f]);
        Assert.Equal([false, true, false], x.eq(y).data<bool>().ToArray());
        Assert.Equal([true, false, true], x.ne(y).data<bool>().ToArray());
        Assert.Equal([true, false, false], x.lt(y).data<bool>().ToArray());
        Assert.Equal([false, false, true], x.gt(y).data<bool>().ToArray());
        Assert.Equal([true, true, false], x.le(2).data<bool>().ToArray());
        Assert.Equal([false, true, true], x.ge(2).data<bool>().ToArray());
        Assert.Equal([true, true, false], x.eq(1).logical_or(x.eq(2)).data<bool>().ToArray());
        Assert.Equal([false, true, false], x.gt(1).logical_and(x.lt(3)).data<bool>().ToArray());
        Assert.True(x.gt(0).all().ToBoolean());
        Assert.False(x.gt(3).any().ToBoolean());
        Assert.Equal([false, true], tensor([float.NaN, 1f]).isfinite().data<bool>().ToArray());
        Assert.Equal([true, false], tensor([float.NaN, 1f]).isnan().logical_not().logical_not().data<bool>().ToArray());
        Assert.Equal(2L, x.argmax().ToInt64());
        Assert.Equal([2L, 1L], x.topk(2).indexes.data<long>().ToArray());
        Assert.True(x.allclose(x + 1e-7));
        Assert.False(x.equal(y));
    }

    [Fact]
    public void Chance_follows_its_probabilities()
    {
        using var scope = NewDisposeScope();
        manual_seed(12);
        Assert.Equal([1L, 1L, 1L], tensor([0f, 1f, 0f]).multinomial(3, replacement: true).data<long>().ToArray());
        var kept = nn.functional.dropout(ones(10_000), 0.25);
        Assert.Equal(0.75, kept.ne(0).to(ScalarType.Float64).mean().ToDouble(), 0.02);
        Assert.Equal(1.0 / 0.75, kept.max().ToDouble(), 1e-5);
        Assert.True(nn.functional.dropout(kept, 0.25, training: false).equal(kept));
        var uniform = empty(10_000).uniform_(2, 4);
        Assert.Equal(3.0, uniform.mean().ToDouble(), 0.05);
        Assert.Equal(2.0, empty(10_000).normal_(1, 2).std().ToDouble(), 0.1);
    }
}
