"""NormProp layers as torch modules, for people who build their own architecture."""

try:
    from streamnorm.nn.conv1d import Conv1d
    from streamnorm.nn.conv2d import Conv2d
    from streamnorm.nn.global_avg_pool import GlobalAvgPool
    from streamnorm.nn.global_max_pool import GlobalMaxPool
    from streamnorm.nn.linear import Linear
    from streamnorm.nn.normalized_activation import NormalizedActivation
except ModuleNotFoundError as error:
    raise ImportError(f"streamnorm.nn needs {error.name}: pip install 'streamnorm[torch]'") from error

__all__ = ["Conv1d", "Conv2d", "GlobalAvgPool", "GlobalMaxPool", "Linear", "NormalizedActivation"]
