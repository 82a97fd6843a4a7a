using System.Reflection;

namespace ScalingLab.Torch.Tests;

/// <summary>
/// Our binding has TorchSharp's names and signatures, held against a listing of TorchSharp 0.107's public API; skipped where the listing is in no
/// folder above the repository. What Training uses of them is compiled against the same listing by <see cref="TorchSharpBuildTests"/>.
/// </summary>
public class TorchSharpNamesTests
{
    private const BindingFlags Ours = BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static readonly (Type Type, string Section, BindingFlags Of)[] Walls =
    [
        (typeof(torch.Tensor), "## torch.Tensor (instance)", BindingFlags.Instance),
        (typeof(torch), "## torch (static", BindingFlags.Static),
        (typeof(torch.nn.functional), "## torch.nn.functional", BindingFlags.Static),
        (typeof(torch.cuda), "## torch.cuda", BindingFlags.Static),
        (typeof(torch.random), "## torch.random", BindingFlags.Static),
        (typeof(torch.Device), "## torch.Device", BindingFlags.Instance),
        (typeof(DisposeScope), "## DisposeScope", BindingFlags.Instance),
    ];

    // The listing has what a transformer needs. What it leaves out, as all overloads of `tensor`, cannot be held against it.
    private static readonly string[] NotListed =
    [
        "Tensor.logical_and", "Tensor.logical_or", "Tensor.logical_not", "Tensor.allclose", "Tensor.equal", "Tensor.data_ptr", "Tensor.flatten",
        "Tensor.IsInvalid", "Tensor.NumberOfElements", "Tensor.ElementSize", "Tensor.Item", "torch.mm", "torch.tensor", "torch.CPU", "torch.__version__",
    ];

    // Where the two differ. Ours are methods where TorchSharp has extensions; our scopes hold tensors alone, and our devices are equal by value.
    // Beyond members' names: TorchSharp's Scalar is a class, `tensor` takes its dimensions as a span, and its TensorAccessor gives no span.
    private static readonly string[] Deviations =
    [
        "Tensor.ToDouble", "Tensor.ToSingle", "Tensor.ToInt64", "Tensor.ToInt32", "Tensor.ToBoolean", "Device.Equals",
        "DisposeScope.Contains", "DisposeScope.Attach", "DisposeScope.Detach", "DisposeScope.MoveToOuter", "DisposeScope.MoveToOther",
    ];

    [TorchSharpListFact]
    public void Every_operation_of_ours_is_called_as_TorchSharp_calls_it_but_for_what_is_named_here()
    {
        var (named, found) = (NotListed.Concat(Deviations).ToHashSet(), Strangers().ToHashSet());
        Assert.True(found.SetEquals(named), $"not named: {string.Join("; ", found.Except(named))}\nno stranger: {string.Join("; ", named.Except(found))}");
    }

    [TorchSharpListFact]
    public void Every_element_type_and_device_of_ours_is_one_of_TorchSharp()
    {
        Assert.Empty(Enum.GetNames<ScalarType>().Except(TorchSharpList.Names("## ScalarType:")));
        Assert.Empty(Enum.GetNames<DeviceType>().Except(TorchSharpList.Names("## DeviceType:")));
    }

    [TorchSharpListFact]
    public void The_listing_is_understood()
    {
        var known = TorchSharpList.Section("## torch.Tensor (instance)");
        Assert.True(known.Count > 150);
        var add = typeof(torch.Tensor).GetMethods().First(m => m.Name == "add_" && m.GetParameters().Length == 1);
        Assert.Contains(known, k => k.Takes(add));
        Assert.DoesNotContain(known, k => k.Takes(typeof(TorchSharpNamesTests).GetMethod(nameof(The_listing_is_understood))!));
        var grad = typeof(torch.Tensor).GetProperty("grad")!;
        Assert.Contains(known, k => k.Takes(grad));
        Assert.DoesNotContain(TorchSharpList.Section("## torch.Device"), k => k.Takes(grad));
    }

    private static IEnumerable<string> Strangers()
    {
        foreach (var (type, section, of) in Walls)
        {
            var known = TorchSharpList.Section(section);
            var methods = type.GetMethods(of | Ours).Where(m => !m.IsSpecialName && m.GetBaseDefinition().DeclaringType != typeof(object));
            foreach (var method in methods.Where(m => !known.Any(k => k.Takes(m)))) yield return $"{type.Name}.{method.Name}";
            foreach (var property in type.GetProperties(of | Ours).Where(p => !known.Any(k => k.Takes(p)))) yield return $"{type.Name}.{property.Name}";
        }
    }
}
