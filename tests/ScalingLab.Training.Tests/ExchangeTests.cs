using System.Text.Json.Nodes;
using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Safetensors;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;
using ScalingLab.Training.Inference;

namespace ScalingLab.Training.Tests;

/// <summary>
/// Models of other programs: files and logits that tests/parity/exchange.py wrote, byte by byte and in float64; and
/// runs of our own, written and read again.
/// </summary>
public sealed class ExchangeTests : IClassFixture<TinyData>
{
    private static readonly string References = Path.Combine(AppContext.BaseDirectory, "parity", "exchange");

    private readonly TinyData _data;

    public ExchangeTests(TinyData data) => _data = data;

    public static TheoryData<string> Names => [.. Folders];

    private static IEnumerable<string> Folders =>
        Directory.GetDirectories(References).Select(folder => Path.GetFileName(folder));

    public static TheoryData<string, ModelShape> WritableShapes()
    {
        var tiny = TinyData.Shape with { Heads = 4, Width = 32 };
        var gpt2 = tiny with
        {
            Positions = PositionKind.Learned, Norm = NormKind.Layer, Biases = true, Head = HeadKind.Tied,
        };
        return new()
        {
            { "gpt2", gpt2 },
            { "gpt2", gpt2 with { Mlp = MlpKind.GeluTanh, Head = HeadKind.Untied } },
            { "gpt2", gpt2 with { Biases = false, Mlp = MlpKind.Relu2 } },
            { "gpt2", gpt2 with { Positions = PositionKind.None } },
            { "llama", tiny with { Mlp = MlpKind.Swiglu, HeadsPerGroup = 2 } },
            { "llama", tiny with { Mlp = MlpKind.Swiglu, HeadsPerGroup = 4, Biases = true, Head = HeadKind.Tied } },
            { "arcee", tiny },
            { "arcee", tiny with { Mlp = MlpKind.Relu2, HeadsPerGroup = 2, Biases = true } },
            { "qwen3", tiny with { Mlp = MlpKind.Swiglu, QkNorm = true, HeadsPerGroup = 2 } },
            { "apertus", tiny with { QkNorm = true } },
            { "gpt_neox", tiny with { Norm = NormKind.Layer, Biases = true } },
            { "gpt_neox", tiny with { Norm = NormKind.Layer, Mlp = MlpKind.GeluTanh, Head = HeadKind.Tied } },
        };
    }

    [Fact]
    public void Every_architecture_has_a_reference() => Assert.Equal(
        ModelLayout.All.Select(layout => layout.ModelType).Order(),
        Folders.Select(name => ModelFolder.Open(Path.Combine(References, name)).Layout.ModelType).Distinct().Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_of_another_programs_model_are_the_references(string name)
    {
        var reference = JsonNode.Parse(File.ReadAllText(Path.Combine(References, name, "logits.json")))!;
        var tokens = reference["tokens"]!.AsArray().Select(token => token!.GetValue<int>()).ToArray();
        using var model = new TrainedModel(Imported(Path.Combine(References, name)));
        var logits = model.Logits(tokens);
        Assert.Equal(tokens.Length, logits.Count);
        for (var t = 0; t < tokens.Length; t++)
        {
            var expected = reference["logits"]![t]!.AsArray().Select(x => x!.GetValue<double>()).ToArray();
            Assert.Equal(expected.Length, logits[t].Length);
            Assert.All(expected.Zip(logits[t]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_that_was_read_is_written_again_with_the_same_tensors_and_settings(string name)
    {
        var read = ModelFolder.Open(Path.Combine(References, name));
        var folder = Directory.CreateDirectory(Path.Combine(_data.Folder, "again-" + name)).FullName;
        using (var model = new TrainedModel(Imported(read.Folder)))
            model.Export(Path.Combine(folder, ModelSettings.WeightsName), read.Layout, asBfloat16: false);
        ModelSettings.Write(folder, read.Layout, read.Shape,
            new ModelText(_data.Prepared.LoadTokenizer(), Begin: 1, End: 2), isBfloat16: false);
        var written = ModelFolder.Open(folder);
        Assert.Equal(read.Shape, written.Shape);
        Assert.Equal((1, 2), (written.BeginOfText, written.EndOfText));
        Assert.Equal(read.Tensors.Count, written.Tensors.Count);
        Assert.All(read.Tensors.Zip(written.Tensors), pair => Assert.Equal(Values(pair.First), Values(pair.Second)));
    }

    [Theory]
    [MemberData(nameof(WritableShapes))]
    public void A_run_that_is_written_and_read_has_equal_logits_and_the_same_tokenizer(string type, ModelShape shape)
    {
        var (run, folder) = (Train(shape), NewFolder());
        Assert.Equal(type, Export(run, folder, asBfloat16: false).ModelType);
        var text = TrainedModel.LoadTokenizer(run).Encode("the worker repeats many words 3 times.")[..32];
        using var trained = new TrainedModel(run);
        using var read = new TrainedModel(Imported(folder));
        Assert.All(trained.Logits(text).Zip(read.Logits(text)),
            pair => Assert.All(pair.First.Zip(pair.Second), two => Assert.Equal(two.First, two.Second, 1e-5f)));
        Assert.Equal(TrainedModel.LoadTokenizer(run).Hash, TrainedModel.LoadTokenizer(Imported(folder)).Hash);
        Assert.Equal(256, read.Begin(-1));
        Assert.Equal(256, read.End(-1));
    }

    [Fact]
    public void In_bf16_a_run_loses_eight_bits_of_each_weight_and_no_more()
    {
        var (run, folder) = (Train(TinyData.Shape), NewFolder());
        var layout = Export(run, folder, asBfloat16: true);
        var exact = NewFolder();
        Export(run, exact, asBfloat16: false);
        var pairs = ModelFolder.Open(folder).Tensors.Zip(ModelFolder.Open(exact).Tensors);
        Assert.Equal(layout.Tensors(TinyData.Shape).Count, pairs.Count());
        Assert.All(pairs, pair => Assert.All(Values(pair.First).Zip(Values(pair.Second)),
            two => Assert.InRange(Math.Abs(two.First - two.Second), 0, Math.Abs(two.Second) / 256)));
    }

    [Fact]
    public void Tokens_beyond_the_tokenizers_are_never_drawn()
    {
        var folder = Path.Combine(References, "llama");
        using var model = new TrainedModel(Imported(folder));
        model.DrawBelow(2);
        var drawn = model.Generate([0, 1], 0, 40, new TokenSampler(5, 0, 1, 1)).ToList();
        Assert.NotEmpty(drawn);
        Assert.All(drawn, token => Assert.Equal(1, token)); // 0 ends the text
    }

    [Fact]
    public void A_number_that_is_not_finite_is_refused_with_its_tensors_name()
    {
        var folder = Directory.CreateDirectory(NewFolder()).FullName;
        foreach (var file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(References, "llama", file), Path.Combine(folder, file));
        var entry = ModelFolder.Open(folder).Tensors.Single(t => t.Entry.Name == "model.norm.weight").Entry;
        using (var file = File.OpenWrite(Path.Combine(folder, "model.safetensors")))
        {
            file.Position = entry.Start + 4;
            file.Write(BitConverter.GetBytes(float.NaN));
        }

        var refused = Assert.Throws<DataException>(() => new TrainedModel(Imported(folder)));
        Assert.Contains("model.norm.weight: holds a number that is not finite", refused.Message,
            StringComparison.Ordinal);
    }

    private static SavedModel Imported(string folder) => new()
    {
        Imported = ModelFolder.Open(folder).Shape, CheckpointFolder = folder, DataFolder = folder,
    };

    private static float[] Values((LayoutTensor Layout, string File, TensorEntry Entry) tensor)
    {
        using var file = InputFile.Open(tensor.File, FileKind.Weights);
        var values = new float[tensor.Entry.Count];
        TensorValues.Read(file, tensor.Entry, 0, values);
        return values;
    }

    private static ModelLayout Export(SavedModel run, string folder, bool asBfloat16)
    {
        Directory.CreateDirectory(folder);
        var (layout, tokenizer) = (ModelSettings.RequireLayout(run.Shape), TrainedModel.LoadTokenizer(run));
        using var model = new TrainedModel(run);
        model.Export(Path.Combine(folder, ModelSettings.WeightsName), layout, asBfloat16);
        var end = tokenizer.EndOfDocument;
        ModelSettings.Write(folder, layout, run.Shape, new ModelText(tokenizer, end, end), asBfloat16);
        return layout;
    }

    private SavedModel Train(ModelShape shape)
    {
        var spec = _data.Spec(shape, steps: 8);
        _data.Train(_data.Order(spec, spec.Id.Value));
        return new SavedModel
        {
            Spec = spec, CheckpointFolder = Path.Combine(_data.Folder, spec.Id.Value),
            DataFolder = _data.Prepared.Folder,
        };
    }

    private string NewFolder() => Path.Combine(_data.Folder, Guid.NewGuid().ToString("N"));
}
