using ScalingLab.Runs.Messages;

namespace ScalingLab.Runs.Tests;

public sealed class EngineNamesTests
{
    [Theory]
    [InlineData(null, TensorEngine.Fused, "fused")]
    [InlineData("fused", TensorEngine.Fused, "fused")]
    [InlineData("fused", TensorEngine.Torchsharp, "fused+torchsharp")]
    [InlineData("fused+torchsharp", TensorEngine.Fused, "fused+torchsharp")]
    public void Each_engine_of_a_run_is_named_once(string? before, TensorEngine engine, string words) =>
        Assert.Equal(words, EngineNames.With(before, engine));

    [Theory]
    [InlineData("fused", true)]
    [InlineData("torchsharp+fused", true)]
    [InlineData("fused+fused", false)]
    [InlineData("tpu", false)]
    [InlineData("", false)]
    public void What_a_file_says_is_known_or_not(string words, bool known) =>
        Assert.Equal(known, EngineNames.AreKnown(words));
}
