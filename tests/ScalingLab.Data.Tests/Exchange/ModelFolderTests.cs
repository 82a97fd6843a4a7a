using System.Text.Json.Nodes;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Safetensors;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Tests.Exchange;

public sealed class ModelFolderTests : IDisposable
{
    private static readonly ModelShape Llama = new()
    {
        Layers = 1, Width = 8, Heads = 2, Vocabulary = 300, Context = 16, Mlp = MlpKind.Swiglu,
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string?, string> Settings => new()
    {
        { "model_type", "\"mamba\"", "model_type is mamba; gpt2, llama, gpt_neox, arcee, qwen3, apertus are read" },
        { "hidden_size", null, "hidden_size is missing" },
        { "hidden_size", "-8", "hidden_size is -8; a whole number from 1 on is expected" },
        { "num_attention_heads", "3", "num_key_value_heads is 2, but 3 heads do not fall into" },
        { "num_key_value_heads", "4", "num_key_value_heads is 4" },
        { "head_dim", "16", "head_dim is 16; only 4 is read" },
        { "hidden_act", "\"gelu\"", "hidden_act is not silu" },
        { "hidden_act", "\"xielu\"", "hidden_act is xielu; gelu, gelu_new" },
        { "rms_norm_eps", "\"a\"", "rms_norm_eps is \"a\"; a number above 0" },
        { "rope_scaling", """{"rope_type":"llama3","factor":8}""", "rope_scaling.rope_type is \"llama3\"" },
        { "rope_parameters", """{"rope_type":"yarn"}""", "rope_parameters.rope_type is \"yarn\"" },
        { "attention_bias", "true", "mlp_bias is false; only the other is read" },
        { "quantization_config", "{}", "quantization_config is given" },
        { "max_position_embeddings", "2000000000", "too many for heads of 4" },
        { "num_hidden_layers", "2000000", "layers are 2000000" },
        { "eos_token_id", "300", "eos_token_id is 300, and the vocabulary has 300 tokens" },
        { "intermediate_size", "40", "model.layers.0.mlp.up_proj.weight is [24, 8], and config.json makes it [40, 8]" },
        { "num_hidden_layers", "2", "has no tensor model.layers.1.self_attn.q_proj.weight [8, 8]" },
        { "tie_word_embeddings", "\"\\ud800\"", "is \"\\ud800\"; true or false is read" },
        { "hidden_act", "\"\\ud800\"", "cannot be read" },
    };

    public static TheoryData<string, ModelShape> Unwritable => new()
    {
        { "normPlacement", Llama with { NormPlacement = NormPlacement.Post } },
        { "logitSoftCap", Llama with { LogitSoftCap = 30 } },
        { "distinctLayers", Llama with { Layers = 2, DistinctLayers = 1 } },
        { "embeddingWidth", Llama with { EmbeddingWidth = 4 } },
        { "positions", Llama with { Positions = PositionKind.Alibi } },
        { "positions", Llama with { Positions = PositionKind.Sinusoidal, Norm = NormKind.Layer, Mlp = MlpKind.Gelu } },
        { "norm", Llama with { Positions = PositionKind.Learned, Mlp = MlpKind.Gelu } },
        { "qkNorm", Llama with { QkNorm = true, Biases = true } },
        { "qkNorm", Llama with { QkNorm = true, Norm = NormKind.Layer, Mlp = MlpKind.Gelu } },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Settings_that_cannot_be_read_are_refused_by_name(string field, string? value, string problem)
    {
        Write(Llama);
        Change(field, value);
        var refused = Assert.Throws<DataException>(() => ModelFolder.Open(_folder.Path));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_of_settings_is_told_at_once_and_every_tensor_that_is_not_as_it_should_be()
    {
        Write(Llama);
        Change("vocab_size", "290");
        Change("intermediate_size", "16");
        var problems = Assert.Throws<DataException>(() => ModelFolder.Open(_folder.Path)).Problems;
        Assert.Equal(5, problems.Count); // embedding, head, gate, up, down
        Change("hidden_act", "\"relu\"");
        Change("rope_theta", "0");
        Assert.Equal(2, Assert.Throws<DataException>(() => ModelFolder.Open(_folder.Path)).Problems.Count);
    }

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void A_recipe_that_no_architecture_has_is_refused_with_the_field(string field, ModelShape shape)
    {
        Assert.Empty(shape.Problems());
        Assert.Null(ModelLayout.Find(shape));
        var problems = Assert.Throws<InputException>(() => ModelSettings.RequireLayout(shape)).Problems;
        Assert.Contains($"recipe.{field}", problems.Select(problem => problem.Place));
        Assert.Contains("is the nearest of the architectures", problems[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_read_again_only_where_they_were_written_since()
    {
        Write(Llama);
        var (state, weights) = (_folder["state"], _folder[ModelSettings.WeightsName]);
        var written = File.GetLastWriteTimeUtc(weights);
        var first = KeptModels.Keep(ModelFolder.Open(_folder.Path), state);
        using (var file = new FileStream(weights, FileMode.Open))
        {
            file.Position = file.Length - 1;
            file.WriteByte(1);
        }

        File.SetLastWriteTimeUtc(weights, written);
        Assert.Equal(first, KeptModels.Keep(ModelFolder.Open(_folder.Path), state));
        File.SetLastWriteTimeUtc(weights, written.AddSeconds(1));
        Assert.NotEqual(first, KeptModels.Keep(ModelFolder.Open(_folder.Path), state));
    }

    [Fact]
    public void A_folder_says_what_it_lacks()
    {
        Assert.StartsWith($"{_folder.Path}: holds no config.json; name the folder of a model",
            Assert.Throws<DataException>(() => ModelFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Write(Llama);
        File.Delete(_folder[ModelSettings.WeightsName]);
        File.WriteAllText(_folder["pytorch_model.bin"], "x");
        Assert.Contains("save_pretrained of transformers writes safetensors",
            Assert.Throws<DataException>(() => ModelFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["model.safetensors.index.json"],
            """{"weight_map":{"model.norm.weight":"../model.safetensors"}}""");
        Assert.Contains("places model.norm.weight in no file of this folder",
            Assert.Throws<DataException>(() => ModelFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_may_have_fewer_tokens_than_the_model_and_not_more()
    {
        Write(Llama);
        Assert.Equal(257, ModelFolder.Open(_folder.Path).LoadTokenizer().Vocabulary);
        Write(Llama with { Vocabulary = 256 });
        Change("eos_token_id", "0");
        Change("bos_token_id", "0");
        ModelFolder.Open(_folder.Path).LoadTokenizer(); // its own end of document is no token of the model
        Write(Llama with { Vocabulary = 200 });
        Change("eos_token_id", "0");
        Change("bos_token_id", "0");
        Assert.Contains("has 256 tokens, and the model knows 200", Assert.Throws<DataException>(
            () => ModelFolder.Open(_folder.Path).LoadTokenizer()).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(ModelShape shape)
    {
        var layout = ModelSettings.RequireLayout(shape);
        var bytes = new ByteTokenizer();
        ModelSettings.Write(_folder.Path, layout, shape, new(bytes, bytes.EndOfDocument, bytes.EndOfDocument), false);
        var tensors = layout.Tensors(shape);
        using var file = new SafetensorsWriter(_folder[ModelSettings.WeightsName],
            [.. tensors.Select(tensor => (tensor.Name, tensor.Dimensions))], asBfloat16: false);
        foreach (var tensor in tensors) file.Write(new float[tensor.Dimensions.Aggregate((a, b) => a * b)]);
        file.End();
    }

    private void Change(string field, string? value)
    {
        var path = _folder[ModelFolder.ConfigName];
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config.Remove(field);
        var text = config.ToJsonString();
        File.WriteAllText(path, value is null ? text : $"{{\"{field}\":{value},{text[1..]}");
    }
}
