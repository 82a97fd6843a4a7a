using System.Buffers.Binary;
using System.Text;
using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Safetensors;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Training.Inference;

namespace ScalingLab.Fuzz.Formats;

/// <summary>
/// Models of other programs: <c>config.json</c>, safetensors and their index, one of them damaged and the others whole,
/// read as <c>lab sample</c> reads them.
/// </summary>
internal sealed class ModelFormat : FuzzFormat
{
    private const string Weights = ".safetensors";
    private const string Config = ".config.json";
    private const string Index = ".index.json";
    private const string Shard = "shard.safetensors";

    private static readonly string[] Words =
    [
        "model_type", "gpt2", "llama", "gpt_neox", "arcee", "qwen3", "apertus", "hidden_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "intermediate_size", "vocab_size", "max_position_embeddings",
        "hidden_act", "silu", "gelu", "gelu_new", "relu2", "rms_norm_eps", "rope_theta", "rope_parameters",
        "rope_scaling", "rope_type", "default", "llama3", "partial_rotary_factor", "tie_word_embeddings", "head_dim",
        "attention_bias", "mlp_bias", "quantization_config", "bos_token_id", "eos_token_id", "weight_map", "metadata",
        "dtype", "shape", "data_offsets", "F32", "F16", "BF16", "F64", "I64", "BOOL", "__metadata__", "format",
        "model.norm.weight", "model.embed_tokens.weight", "lm_head.weight", "rotary_emb.inv_freq", "..", "../x",
    ];

    private static readonly ModelShape Shape = new()
    {
        Layers = 1, Width = 8, Heads = 2, HeadsPerGroup = 2, Vocabulary = 11, Context = 16, Mlp = MlpKind.Swiglu,
    };

    private readonly JsonMutator _mutator = new(Words);
    private readonly string _folder;
    private readonly byte[] _weights;
    private readonly string _config;
    private readonly string _index;

    public ModelFormat(string folder)
    {
        _folder = Path.Combine(folder, "model");
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);
        var layout = ModelLayout.Find(Shape)!;
        var tensors = layout.Tensors(Shape);
        using (var file = new SafetensorsWriter(At(Shard), [.. tensors.Select(t => (t.Name, t.Dimensions))], false))
        {
            foreach (var tensor in tensors)
                file.Write(Enumerable.Repeat(0.25f, (int)tensor.Dimensions.Aggregate((a, b) => a * b)).ToArray());
            file.End();
        }

        _weights = File.ReadAllBytes(At(Shard));
        var text = new ModelText(new Data.Tokenizers.ByteTokenizer(), Begin: 0, End: 1);
        _config = layout.Config(Shape, text, isBfloat16: false).ToJsonString();
        var places = tensors.Select(tensor => $"\"{tensor.Name}\":\"{Shard}\"");
        _index = """{"metadata":{},"weight_map":{""" + string.Join(",", places) + "}}";
    }

    public override IReadOnlyList<FuzzInput> Whole =>
        [new(Weights, _weights), new(Config, Encoding.UTF8.GetBytes(_config)), new(Index, Bytes(_index))];

    public override FuzzInput Make(Random random)
    {
        var input = random.Next(8) switch
        {
            0 or 1 => new FuzzInput(Config, Bytes(_mutator.Mutate(_config, random))),
            2 => new FuzzInput(Index, Bytes(_mutator.Mutate(_index, random))),
            _ => new FuzzInput(Weights, DamagedWeights(random)),
        };
        return random.Next(8) == 0 ? input with { Bytes = ByteMutator.Mutate(input.Bytes, random) } : input;
    }

    public override bool Read(FuzzInput input, string file)
    {
        foreach (var old in Directory.GetFiles(_folder)) File.Delete(old);
        Put(ModelFolder.ConfigName, input.Ending == Config ? input.Bytes : Bytes(_config));
        var isIndexed = input.Ending == Index;
        if (isIndexed) Put("model.safetensors.index.json", input.Bytes);
        Put(isIndexed ? Shard : ModelSettings.WeightsName, input.Ending == Weights ? input.Bytes : _weights);
        try
        {
            var shape = ModelFolder.Open(_folder).Shape;
            using var model = new TrainedModel(new SavedModel
            {
                Imported = shape, CheckpointFolder = _folder, DataFolder = _folder,
            });
            if (model.Logits([0, 1]).Any(logits => logits.Length != shape.Vocabulary))
                throw new FindingException("logits of another vocabulary were given");
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Header and data damaged apart, and a length that lies.</summary>
    private byte[] DamagedWeights(Random random)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(_weights);
        var header = _weights[SafetensorsHeader.LengthBytes..(SafetensorsHeader.LengthBytes + length)];
        var data = _weights[(SafetensorsHeader.LengthBytes + length)..];
        long? says = null;
        switch (random.Next(6))
        {
            case 0:
                data = ByteMutator.Mutate(data, random);
                break;
            case 1:
                says = Oddities.Of(random,
                    new[] { 0L, 1, 2, -1, length - 1, length + 1, length + data.Length, 1L << 31, 1L << 40,
                        long.MaxValue, long.MinValue });
                break;
            case 2:
                var value = Oddities.Of(random, new[] { float.NaN, float.PositiveInfinity, 1e38f, float.Epsilon });
                BitConverter.GetBytes(value).CopyTo(data, 4 * random.Next(data.Length / 4));
                break;
            default:
                header = Bytes(_mutator.Mutate(Encoding.UTF8.GetString(header), random));
                break;
        }

        var start = new byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(start, says ?? header.Length);
        return [.. start, .. header, .. data];
    }

    private string At(string name) => Path.Combine(_folder, name);

    private void Put(string name, byte[] bytes) => File.WriteAllBytes(At(name), bytes);
}
